"""python tests/bench/bench_cifar.py: guided CIFAR-10 images, and the same work by diffusers' UNet2DModel.

Both sides walk the same sampler with the same number of network passes at the same batch in this one run; the other
network has google/ddpm-cifar10-32's configuration (35.7 M parameters) with random weights, in float32 as it loads.
Prints one line a figure with its bound; exits 1 where a bound is missed.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from figures import finish, median_seconds, report

from cfg_core.images.pretrained import load_model, sample_images, to_uint8
from cfg_core.samplers import final
from demo.views.cifar import live
from demo.views.cifar.settings import Cifar

IMAGES, STEPS, W = 16, 12, 3.0
FEW = 2  # steps of the comparison, on both sides


class Diffusers:
    """UNet2DModel behind the same interface; it has no classes, so both halves of the pair cost what they cost here."""

    event_ndim, device = 3, torch.device("cpu")

    def __init__(self) -> None:
        from diffusers import UNet2DModel

        down = ("DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D")
        up = ("UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D")
        self.net = UNet2DModel(
            sample_size=32, layers_per_block=2, block_out_channels=(128, 256, 256, 256), down_block_types=down,
            up_block_types=up, attention_head_dim=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1,
            norm_eps=1e-6,
        ).eval()  # fmt: skip

    @torch.inference_mode()
    def eps_pair(self, z: Any, lam: float, c: Any) -> tuple[Any, Any]:
        return tuple(self.net(torch.cat([z, z]), 500).sample.chunk(2))  # type: ignore[return-value]


def preview_and_done() -> tuple[float, float]:
    """Seconds to the first predicted picture and to the last, of 16 guided images in 12 steps."""
    began = time.perf_counter()
    first = 0.0
    for step in sample_images(model, [7] * IMAGES, W, seed=0, steps=STEPS):
        to_uint8(step.x)
        first = first or time.perf_counter() - began
    return first, time.perf_counter() - began


def live_run() -> tuple[float, float]:
    """The tab's default press of the button: 8 images at w beside the same 8 at w = 0, streamed as frames."""
    began, first = time.perf_counter(), 0.0
    for _ in live.frames(Cifar(w=W, count=IMAGES // 2, steps=STEPS), lambda: True):
        first = first or time.perf_counter() - began
    return first, time.perf_counter() - began


if __name__ == "__main__":
    began = time.perf_counter()
    model = load_model()
    print(f"model loaded in {time.perf_counter() - began:.2f} s; {str(model.dtype)[6:]}, "
          f"{torch.get_num_threads()} threads, torch {torch.__version__}")  # fmt: skip
    live.networks()
    runs = {"16 guided images, 12 steps": preview_and_done, "live frames of 8 + 8 images, 12 steps": live_run}
    for name, run in runs.items():
        run()
        firsts, dones = zip(*(run() for _ in range(5)), strict=True)
        report(f"{name}: first preview", statistics.median(firsts), 0.5, "s")
        report(f"{name}: done", statistics.median(dones), 0.6, "s")
    other = Diffusers()
    ours = median_seconds(lambda: final(sample_images(model, [7] * IMAGES, W, 0, steps=FEW)), 3)
    theirs = median_seconds(lambda: final(sample_images(other, [7] * IMAGES, W, 0, steps=FEW)), 2)  # type: ignore[arg-type]
    work = f"{IMAGES} guided images, {FEW} steps ({FEW + 1} passes of {2 * IMAGES})"
    print(f"{work}: ours {ours:.2f} s, diffusers {theirs:.2f} s")
    report("times faster than UNet2DModel of google/ddpm-cifar10-32", theirs / ours, 20, "x", at_least=True)
    finish()
