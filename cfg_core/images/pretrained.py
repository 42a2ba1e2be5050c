"""The shipped CIFAR-10 networks: load them in one line, sample guided images.

model = load_model()
for step in sample_images(model, classes=[7] * 16, w=3.0, seed=0): show(step.x)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from cfg_core.guidance import guided, rules_for
from cfg_core.images.cifar import CLASSES
from cfg_core.learned import Learned, bf16_is_native
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.unet import UNet, UNetConfig
from cfg_core.process import lam_grid
from cfg_core.samplers import Step, walk
from cfg_core.weights import ROOT, AssetError, load_into, read_record, short_name

ASSETS = ROOT / "assets" / "cifar"
LAM_RANGE = (-8.0, 8.0)  # sampling range, chosen by measurement (`evaluate --quick`): alpha, sigma = 0.018 at the ends
IMAGE_RULES = tuple(rules_for("image", "worse"))  # those that need no classifier of noisy images
MAX_IMAGES, MAX_STEPS = 1024, 200  # of one request


def load_model(folder: Path = ASSETS, bf16: bool | None = None) -> Learned:
    """The class-conditional U-Net with its null class, ready to sample; bf16 = None picks what the processor does well.

    Beside it, as `worse`, the same network trained less, where it is shipped (autoguidance needs it).
    Raises AssetError naming the file that is missing or damaged.
    """
    worse = _load_unet(folder, "worse", bf16) if (folder / "worse.json").exists() else None
    return _load_unet(folder, "model", bf16, worse)


def _load_unet(folder: Path, name: str, bf16: bool | None, worse: Learned | None = None) -> Learned:
    path = folder / f"{name}.json"
    try:
        net = UNet(UNetConfig.from_dict(read_record(path)["config"]))
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as problem:
        raise AssetError(f"{short_name(path)} is damaged ({type(problem).__name__}: {problem})") from problem
    load_into(net, folder / f"{name}.safetensors")
    native = bf16_is_native() if bf16 is None else bf16
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net = net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Learned(net, null=len(CLASSES), event_ndim=3, prediction=net.config.prediction, bf16=native, worse=worse)


def load_classifier(folder: Path = ASSETS) -> Classifier:
    """The classifier that judges the images (float32, eval mode): net(x in [-1, 1]) -> logits, net.features(x).

    Raises AssetError naming the file that is missing or damaged.
    """
    net = Classifier()
    load_into(net, folder / "classifier.safetensors")
    return net.eval()


def image_noise(n: int, seed: int, step: int = 0) -> Tensor:
    """Standard normal noise [n, 3, 32, 32]: image i's is a function of (seed, i, step) alone, whatever n is.

    Raises ValueError for n outside [1, 1024] or a seed outside [0, 2^32).
    """
    if not 1 <= n <= MAX_IMAGES:
        raise ValueError(f"the number of images must lie in [1, {MAX_IMAGES}]")
    if not 0 <= seed < 2**32:
        raise ValueError("seed must lie in [0, 2^32)")
    noise = [np.random.default_rng([seed, i, step]).standard_normal((3, 32, 32), dtype=np.float32) for i in range(n)]
    return torch.from_numpy(np.stack(noise))


def sample_images(
    model: Learned,
    classes: Sequence[int],
    w: float | Sequence[float],
    seed: int,
    *,
    steps: int = 12,
    sampler: str = "dpmpp_2m",
    rule: str = "cfg",
    params: Mapping[str, float] = MappingProxyType({}),
    v: float = 0.3,
    start: Tensor | None = None,
    lam_range: tuple[float, float] = LAM_RANGE,
    law: str = "uniform",
) -> Iterator[Step]:
    """Guided images, one for each entry of `classes`, from noises fixed by `seed`; w is a number or one per image.

    Yields steps + 1 times Step(lam, z, x); x [n, 3, 32, 32] in [-1, 1] is the picture predicted so far, the last one
    is the sample. `rule` is one of IMAGE_RULES and `params` are its own numbers. `start` replaces the starting noise;
    `law` and `lam_range` place the steps. Raises ValueError naming the bound that was broken.
    """
    if rule not in IMAGE_RULES:
        raise ValueError(f"guidance must be one of {', '.join(IMAGE_RULES)}")
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"steps must lie in [1, {MAX_STEPS}]")
    n = len(classes)
    z = image_noise(n, seed) if start is None else start
    device = next(model.net.parameters()).device
    lams = lam_grid(steps, *lam_range, law=law)
    eps = guided(model, np.asarray(classes), w, rule, lams, **params)
    yield from walk(sampler, eps, lams, lambda i: image_noise(n, seed, i).to(device), v=v, clip=1.0, start=z.to(device))


def to_uint8(x: Tensor) -> np.ndarray:
    """[N, 3, 32, 32] in [-1, 1] -> [N, 32, 32, 3] uint8."""
    return ((x.float().clip(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
