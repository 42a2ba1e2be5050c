"""What `python -m cfg_core.train` can train: each task's settings, network, objective and data.

A new task is one entry of TASKS: the command, the record of a run and its export read it from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cfg_core.commands.batches import CifarBatches
from cfg_core.images import cifar
from cfg_core.images.pretrained import LAM_RANGE, load_model
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.noisy_image_classifier import NoisyImageClassifier
from cfg_core.nets.unet import UNet, UNetConfig
from cfg_core.process import NormalLaw, UniformLaw
from cfg_core.train.distill import W_RANGE, distillation, student_of
from cfg_core.train.objective import Loss, algorithm1, classification, noisy_classification
from cfg_core.train.processes import Share

Settings = Mapping[str, Any]  # of a run, by the names of the command's options
SHIFT = 2  # pixels by which the classifiers' images are moved
_FLIPPED = "CIFAR-10, all 50 000 training images, flipped left-right"
_SHIFTED = f"{_FLIPPED}, moved by up to {SHIFT} pixels"


@dataclass(frozen=True)
class Task:
    """`defaults` of the options that the task sets; functions of a run's settings; `record` says what its weights are.

    `net(settings, batches)` may look at the data (a whitening layer does).
    """

    title: str
    defaults: Settings
    batches: Callable[[Settings], CifarBatches]
    net: Callable[[Settings, CifarBatches | None], nn.Module]
    loss: Callable[[Settings, Share], Loss]
    record: Callable[[Settings], dict[str, Any]]


def unet_config(settings: Settings) -> UNetConfig:
    """The network of a run."""
    return UNetConfig(
        tuple(settings["channels"]), settings["blocks"], attention=(8,), norm=settings["norm"],
        upsample=settings["upsample"],
    )  # fmt: skip


def _whitened(settings: Settings, batches: CifarBatches | None) -> Classifier:
    net = Classifier()
    if batches is not None:
        net.whiten(batches.images[:5000].cpu() / 127.5 - 1)
    return net


def _teacher() -> UNet:
    """The shipped network, in float32."""
    net = load_model(bf16=False).net
    assert isinstance(net, UNet)
    return net


def _law(settings: Settings) -> str:
    return f"N({settings['lam_mean']:g}, 2.4^2) on [-10, 13]"


def _bf16(settings: Settings) -> bool:
    return settings["precision"] == "bf16"


TASKS: dict[str, Task] = {
    "cifar": Task(
        "the class-conditional U-Net, by Algorithm 1",
        {
            "images": 2_000_000, "cooldown": 500_000, "batch": 128, "lr": 1.5e-3, "muon_lr": 0.02, "warmup": 100,
            "ema": [0.999, 0.9995],
        },
        batches=lambda s: CifarBatches(Path(s["data"]), device=s["device"]),
        net=lambda s, _: UNet(unet_config(s)),
        loss=lambda s, share: algorithm1(
            NormalLaw(mean=s["lam_mean"]), s["p_uncond"], null=len(cifar.CLASSES), prediction="v", bf16=_bf16(s),
            device=s["device"], share=share,
        ),
        record=lambda s: {
            "config": unet_config(s).to_dict(),
            "p_uncond": s["p_uncond"],
            "lam_law": _law(s),
            "data": _FLIPPED,
        },
    ),
    "student": Task(
        "a network with w as an input, whose one pass is the shipped network's guided prediction of two",
        {
            "images": 400_000, "cooldown": 200_000, "batch": 64, "lr": 4e-4, "muon_lr": 0.0, "warmup": 30,
            "ema": [0.98, 0.998],
        },
        batches=lambda s: CifarBatches(Path(s["data"]), device=s["device"]),
        net=lambda s, _: student_of(_teacher()),
        loss=lambda s, share: distillation(
            UniformLaw(*LAM_RANGE), load_model(bf16=_bf16(s)), bf16=_bf16(s), device=s["device"], share=share
        ),
        record=lambda s: {
            "config": replace(_teacher().config, takes_w=True).to_dict(),
            "teacher": "model",
            "w": list(W_RANGE),
            "lam_law": f"uniform on [{LAM_RANGE[0]:g}, {LAM_RANGE[1]:g}]",
            "data": _FLIPPED,
        },
    ),
    "classifier": Task(
        "the classifier that judges the images",
        {
            "images": 450_000, "cooldown": 420_000, "batch": 512, "lr": 5e-3, "muon_lr": 0.06, "warmup": 20,
            "ema": [0.98],
        },
        batches=lambda s: CifarBatches(Path(s["data"]), shift=SHIFT, device=s["device"]),
        net=_whitened,
        loss=lambda s, _: classification(bf16=_bf16(s), device=s["device"]),
        record=lambda s: {
            "data": _SHIFTED,
        },
    ),
    "noisy_classifier": Task(
        "the classifier of noised images that guides",
        {
            "images": 400_000, "cooldown": 250_000, "batch": 128, "lr": 1.5e-3, "muon_lr": 0.02, "warmup": 100,
            "ema": [0.995, 0.998],
        },
        batches=lambda s: CifarBatches(Path(s["data"]), shift=SHIFT, device=s["device"]),
        net=lambda s, _: NoisyImageClassifier(unet_config(s)),
        loss=lambda s, share: noisy_classification(
            NormalLaw(mean=s["lam_mean"]), bf16=_bf16(s), device=s["device"], share=share
        ),
        record=lambda s: {
            "config": unet_config(s).to_dict(),
            "lam_law": _law(s),
            "data": _SHIFTED,
        },
    ),
}  # fmt: skip


def built(task: Task, settings: Settings, share: Share | None = None) -> tuple[nn.Module, Loss, CifarBatches]:
    """Network (its weights drawn from the seed), objective and data of a run, for a process's share of it.

    Raises ValueError for several processes and a network whose batch norm has to see the whole batch.
    """
    share = share or Share()
    torch.manual_seed(settings["seed"])
    batches = task.batches(settings)
    net = task.net(settings, batches)
    if share.count > 1 and any(isinstance(m, nn.BatchNorm2d) for m in net.modules()):
        raise ValueError(f"{task.title} trains in one process: its batch norm looks at the whole batch")
    return net, task.loss(settings, share), batches
