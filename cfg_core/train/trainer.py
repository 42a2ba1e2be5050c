"""One training loop for every network here: the 2-D nets, the CIFAR-10 U-Net and the classifiers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from cfg_core.train.objective import Batch, Loss
from cfg_core.train.processes import Share

Batches = Callable[[int, torch.Generator], Batch]  # (n, generator) -> x [n, ...], c [n]
LOOK = 25  # steps on a GPU from one look at the loss to the next: to look is to wait for all that is under way


@dataclass(frozen=True)
class TrainConfig:
    steps: int = 2000  # length of the run: the learning rate ends at zero here
    batch: int = 512
    lr: float = 1e-3  # AdamW: biases, norms, embeddings, and all of it where muon_lr = 0
    muon_lr: float = 0.0  # Muon on hidden weights flattened to matrices; 0 switches it off
    weight_decay: float = 0.01
    warmup: int = 100  # steps of linear warm-up
    cooldown: int = 800  # last steps, over which the learning rate falls linearly to zero
    ema: tuple[float, ...] = (0.999,)  # decays of the weight averages; early steps use (1 + t) / (10 + t)
    seed: int = 0
    fused: bool = False  # AdamW in one kernel: the same formula, for nets so small that its many calls cost most
    compiled: bool = False  # the network through torch.compile: a minute of waiting, then 2.5 times the steps on a GPU

    def __post_init__(self) -> None:
        if not (self.steps >= 1 and self.batch >= 1 and 0 <= self.cooldown <= self.steps):
            raise ValueError("steps and batch must be >= 1 and cooldown must lie in [0, steps]")
        if not (0 < self.lr < 1 and 0 <= self.muon_lr < 1):
            raise ValueError("lr must lie in (0, 1) and muon_lr in [0, 1)")


class Trainer:
    """Steps a network on a loss; keeps weight averages; its whole state can be saved and resumed bit for bit.

    `loss(net, batch, generator)` is an objective of `cfg_core.train.objective`; `batches(n, generator)` draws data. All
    randomness comes from one generator on the network's device. Of several processes each has a trainer, draws the
    whole batch and computes the loss of its `share`; their gradients are averaged. The loss is that of one process; the
    weights differ by rounding: by 1e-6 of the way gone with AdamW, by a tenth with Muon, whose bfloat16 iteration
    amplifies it.

    Raises ValueError for a batch that the processes cannot share evenly.
    """

    def __init__(
        self, net: nn.Module, loss: Loss, batches: Batches, config: TrainConfig, share: Share | None = None
    ) -> None:
        self.net, self.loss, self.batches, self.config, self.share = net, loss, batches, config, share or Share()
        if config.batch % self.share.count:
            raise ValueError(f"the batch ({config.batch}) must be a multiple of the processes ({self.share.count})")
        self._called: nn.Module = net
        if self.share.count > 1:
            self._called = DistributedDataParallel(net, broadcast_buffers=False)
        if config.compiled:
            self._called = torch.compile(self._called, mode="reduce-overhead")  # type: ignore[assignment]
        self.generator = torch.Generator(next(net.parameters()).device).manual_seed(config.seed)
        self._seen = 0.0
        self.step_count = 0
        self.averages = [copy.deepcopy(net).requires_grad_(False).eval() for _ in config.ema]
        self.optimizers = self._optimizers()
        # kept: walking the modules at every step costs more than a small net
        self._parameters: list[Tensor] = list(net.parameters())
        self._averaged: list[list[Tensor]] = [list(average.parameters()) for average in self.averages]

    def step(self) -> float:
        """One optimiser step; returns the loss of its batch. Raises FloatingPointError where that is not finite.

        On a GPU the loss is looked at every 25th step, and is the last one seen.
        """
        self.net.train()
        batch = self.batches(self.config.batch, self.generator)
        mine = self.loss(self._called, batch, self.generator)
        if mine.device.type == "cpu" or self.step_count % LOOK == 0:
            self._seen = float(np.mean(self.share.joined(float(mine.detach()))))
        if not np.isfinite(self._seen):
            raise FloatingPointError(f"the loss is not finite at step {self.step_count}: lower the learning rate")
        mine.backward()
        factor = self.lr_factor(self.step_count)
        for flat, source in self._flattened:
            flat.grad = None if source.grad is None else source.grad.reshape(flat.shape)
        for optimizer, base_lr in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = base_lr * factor
            optimizer.step()
        for parameter in self._parameters:
            parameter.grad = None
        self.step_count += 1
        self._average()
        return self._seen

    @property
    def images(self) -> int:
        """How many examples it has seen."""
        return self.step_count * self.config.batch

    def lr_factor(self, step: int) -> float:
        """Share of the peak learning rate used at `step`: warm-up, flat, then linear to zero."""
        c = self.config
        rise = (step + 1) / (c.warmup + 1)
        fall = (c.steps - step) / (c.cooldown + 1)
        return max(0.0, min(1.0, rise, fall))

    def state_dict(self) -> dict:
        return {
            "config": asdict(self.config),
            "step": self.step_count,
            "net": self.net.state_dict(),
            "averages": [a.state_dict() for a in self.averages],
            "optimizers": [o.state_dict() for o, _ in self.optimizers],
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on exactly where `state` was taken; the config may give a longer run, or another batch, than the state's.

        Raises ValueError where the state is of another network or other weight averages.
        """
        if len(state["averages"]) != len(self.averages):
            raise ValueError(f"the run keeps {len(state['averages'])} weight averages, not {len(self.averages)}: --ema")
        self.net.load_state_dict(state["net"])
        for average, saved in zip(self.averages, state["averages"], strict=True):
            average.load_state_dict(saved)
        for (optimizer, _), saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step_count = round(state["step"] * state["config"]["batch"] / self.config.batch)  # counted in images
        if len(state["generator"]) == len(self.generator.get_state()):
            self.generator.set_state(state["generator"].cpu())
        else:  # of another kind of device: other draws from here on
            self.generator.manual_seed(self.config.seed + self.step_count)

    def save(self, path: Path) -> None:
        """Write the state to `path` by way of a temporary file, so that a cut leaves the old one whole."""
        part = path.with_suffix(".part")
        torch.save(self.state_dict(), part)
        part.replace(path)

    def save_averages(self, path: Path) -> None:
        """Write the weight averages alone, in half precision, with what `export` needs of a state."""
        halves = [
            {k: v.half() if v.is_floating_point() else v for k, v in a.state_dict().items()} for a in self.averages
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"config": asdict(self.config), "step": self.step_count, "averages": halves}, path)

    def _optimizers(self) -> list[tuple[torch.optim.Optimizer, float]]:
        c = self.config
        hidden = [p for n, p in self.net.named_parameters() if c.muon_lr and _is_hidden(n, p)]
        taken = {id(p) for p in hidden}
        rest = [p for p in self.net.parameters() if id(p) not in taken]
        fused = True if c.fused or self.generator.device.type == "cuda" else None
        adam = torch.optim.AdamW(rest, lr=c.lr, betas=(0.9, 0.98), weight_decay=c.weight_decay, fused=fused)
        out: list[tuple[torch.optim.Optimizer, float]] = [(adam, c.lr)]
        # Muon takes matrices only: each weight is given to it as a view [out, in * kernel] of the same memory.
        self._flattened = [(nn.Parameter(p.data.view(len(p), -1)), p) for p in hidden]
        if hidden:
            if not hasattr(torch.optim, "Muon"):
                raise ValueError("Muon needs torch 2.9 or newer: use muon_lr = 0")
            from cfg_core.train.muon import Muon

            flat = [f for f, _ in self._flattened]
            muon = Muon(flat, lr=c.muon_lr, momentum=0.95, nesterov=True, ns_steps=5, weight_decay=c.weight_decay)
            out.append((muon, c.muon_lr))
        return out

    @torch.no_grad()
    def _average(self) -> None:
        t = self.step_count
        for average, weights, decay in zip(self.averages, self._averaged, self.config.ema, strict=True):
            keep = min(decay, (1 + t) / (10 + t))
            torch._foreach_lerp_(weights, self._parameters, 1 - keep)
            for mine, theirs in zip(average.buffers(), self.net.buffers(), strict=True):
                mine.copy_(theirs)


def _is_hidden(name: str, parameter: Tensor) -> bool:
    """Matrices and convolutions between hidden layers; not the first, the last, or an embedding table."""
    edge = name.startswith(("stem.", "out.", "embed_class.", "head."))
    return parameter.ndim >= 2 and not edge


def loss_curve(losses: list[float], points: int = 150) -> NDArray[np.float64]:
    """Running mean of a loss over its last twentieth (at least 1 step, at most 100), thinned: [k, (step, loss)]."""
    if not losses:
        return np.zeros((0, 2))
    n = len(losses)
    total = np.concatenate([[0.0], np.cumsum(losses)])
    ends = np.unique(np.linspace(1, n, min(n, points)).round().astype(int))
    starts = ends - np.clip(ends // 20, 1, 100)
    return np.stack([ends, (total[ends] - total[starts]) / (ends - starts)], axis=1).astype(np.float64)
