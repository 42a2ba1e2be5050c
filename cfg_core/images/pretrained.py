"""The shipped CIFAR-10 networks: load them in one line, sample guided images.

model = load_model()
for step in sample_images(model, classes=[7] * 16, w=3.0, seed=0): show(step.x)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from cfg_core.files import short_name
from cfg_core.guidance import guided
from cfg_core.images.cifar import CLASSES
from cfg_core.images.shipped import ASSETS, image_rules, present
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.network import Network, NoisedClassifier, bf16_is_native
from cfg_core.nets.noisy_image_classifier import NoisyImageClassifier
from cfg_core.nets.unet import UNet, UNetConfig
from cfg_core.nets.weights import AssetError, load_into, read_record
from cfg_core.process import lam_grid
from cfg_core.samplers import Step, walk
from cfg_core.temperature import scaled_noise, scaled_score

N = TypeVar("N", bound=nn.Module)

LAM_RANGE = (-8.0, 8.0)  # of sampling: a choice, with alpha, sigma = 0.018 at the ends; `evaluate --quick` has others
MAX_IMAGES, MAX_STEPS = 1024, 200  # of one request


def load_model(folder: Path = ASSETS, bf16: bool | None = None) -> Network:
    """The class-conditional U-Net with its null class, ready to sample; bf16 = None picks what the processor does well.

    Beside it, under what they give ("worse", "classifier"), the other networks of `shipped.MODELS` that are there.
    Raises AssetError naming the file that is missing or damaged.
    """
    loaded = {m.gives: BUILDERS[m.kind](folder, name, bf16) for name, m in present(folder).items()}
    model = loaded.pop("image")
    for ability, other in loaded.items():
        setattr(model, ability, other)
    return model


def _load_unet(folder: Path, name: str, bf16: bool | None) -> Network:
    net = UNet(_config(folder / f"{name}.json"))
    load_into(net, folder / f"{name}.safetensors")
    return as_model(net, bf16)


def as_model(net: UNet, bf16: bool | None = None) -> Network:
    """A U-Net ready to be sampled, on the GPU where there is one; bf16 = None picks what the processor does well."""
    return Network(_placed(net), null=len(CLASSES), event_ndim=3, prediction=net.config.prediction, dtype=_dtype(bf16))


def load_student(folder: Path = ASSETS, bf16: bool | None = None) -> Network:
    """A network that takes w, distilled from the shipped one: `passed(z, lams, c, w)` is its guided eps; bf16 as above.

    Raises AssetError naming the file that is missing or damaged.
    """
    return _load_unet(folder, "student", bf16)


def load_noisy_classifier(
    folder: Path = ASSETS, name: str = "noisy_classifier", bf16: bool | None = None
) -> NoisedClassifier:
    """The classifier of noised images, p(c|z, lam), whose gradient guides; bf16 as in `load_model`.

    Raises AssetError naming the file that is missing or damaged.
    """
    net = NoisyImageClassifier(_config(folder / f"{name}.json"))
    load_into(net, folder / f"{name}.safetensors")
    return NoisedClassifier(_placed(net), classes=len(CLASSES), event_ndim=3, dtype=_dtype(bf16))


def _dtype(bf16: bool | None) -> torch.dtype:
    return torch.bfloat16 if (bf16_is_native() if bf16 is None else bf16) else torch.float32


def _config(path: Path) -> UNetConfig:
    try:
        return UNetConfig.from_dict(read_record(path)["config"])
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as problem:
        raise AssetError(f"{short_name(path)} is damaged ({type(problem).__name__}: {problem})") from problem


def _placed(net: N) -> N:
    """The network where it computes, on the GPU where there is one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


BUILDERS: dict[str, Callable[[Path, str, bool | None], Any]] = {
    "unet": _load_unet,
    "noisy classifier": load_noisy_classifier,
}


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
    return noises(range(n), seed, step)


def noises(images: Iterable[int], seed: int, step: int = 0) -> Tensor:
    """Those of `image_noise` that belong to these images, by their numbers, however many: [n, 3, 32, 32].

    Raises ValueError for a seed outside [0, 2^32).
    """
    if not 0 <= seed < 2**32:
        raise ValueError("seed must lie in [0, 2^32)")
    each = [np.random.default_rng([seed, i, step]).standard_normal((3, 32, 32), dtype=np.float32) for i in images]
    return torch.from_numpy(np.stack(each))


def sample_images(
    model: Network,
    classes: Sequence[int],
    w: float | Sequence[float],
    seed: int,
    *,
    steps: int = 12,
    sampler: str = "dpmpp_2m",
    rule: str = "cfg",
    params: Mapping[str, float] = MappingProxyType({}),
    v: float = 0.3,
    k: float = 1.0,
    tau: float = 1.0,
    start: Tensor | None = None,
    lam_range: tuple[float, float] = LAM_RANGE,
    law: str = "uniform",
) -> Iterator[Step]:
    """Guided images, one for each entry of `classes`, from noises fixed by `seed`; w is a number or one per image.

    Yields steps + 1 times Step(lam, z, x); x [n, 3, 32, 32] in [-1, 1] is the picture predicted so far, the last one
    is the sample. `rule` is one of `shipped.image_rules` and `params` are its own numbers. `start` replaces the
    starting noise; `law` and `lam_range` place the steps. `k` times the guided score and `tau` times the noise of every
    step are two ways to lower the temperature (`cfg_core.temperature`). Raises ValueError naming the bound that was
    broken.
    """
    offered = image_rules()
    if rule not in offered:
        raise ValueError(f"guidance must be one of {', '.join(offered)}")
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"steps must lie in [1, {MAX_STEPS}]")
    c, n, weight = np.asarray(classes), len(classes), np.asarray(w, dtype=np.float64)
    if c.ndim != 1 or c.dtype.kind not in "iu" or c.min(initial=0) < 0 or c.max(initial=0) >= len(CLASSES):
        raise ValueError(f"classes must be a list of whole numbers in 0 .. {len(CLASSES) - 1}")
    if weight.shape not in ((), (n,)) or not np.isfinite(weight).all():
        raise ValueError(f"w must be a finite number, or one for each of the {n} images")
    z = image_noise(n, seed) if start is None else start
    if not (0 <= k <= 1000 and 0 <= tau <= 1000):
        raise ValueError("k and tau must lie in [0, 1000]")
    if z.shape != (n, 3, 32, 32) or not torch.isfinite(z).all():
        raise ValueError(f"start must be finite, [{n}, 3, 32, 32]")
    lams = lam_grid(steps, *lam_range, law=law)
    eps = scaled_score(guided(model, c, weight, rule, lams, **params), k)
    noise = scaled_noise(lambda i: image_noise(n, seed, i).to(model.device), tau)
    yield from walk(sampler, eps, lams, noise, v=v, clip=1.0, start=z.to(model.device))


def to_uint8(x: Tensor) -> np.ndarray:
    """[N, 3, 32, 32] in [-1, 1] -> [N, 32, 32, 3] uint8."""
    return ((x.float().clip(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
