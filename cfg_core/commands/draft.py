"""`python -m cfg_core.commands.draft`: which sampling in few passes resembles the final picture of its noise best.

Writes assets/cifar/draft.json. Each way draws the same noises for all ten classes; its pictures are compared with those
of 24 steps: distance in our classifier's features over that between two noises of one class, share of pictures that the
classifier gives the same class, passes of the network a picture takes, processor milliseconds for 16 pictures.
`--student` compares the weights that were distilled too: the folder with student.safetensors and its record.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cfg_core.files import short_name
from cfg_core.guidance import EpsFn
from cfg_core.images.cifar import CLASSES
from cfg_core.images.judge import Verdict, judge
from cfg_core.images.pretrained import ASSETS, LAM_RANGE, image_noise, load_classifier, load_model, load_student
from cfg_core.nets.network import Network
from cfg_core.nets.weights import AssetError, sha256, write_record
from cfg_core.process import lam_grid, noise_to_signal
from cfg_core.samplers import final, walk

W = (0.0, 1.0, 3.0, 6.0)
FINAL_STEPS, WALL = 24, 16  # steps of the picture that a draft should resemble; pictures on a wall


@dataclass(frozen=True)
class Draft:
    """A way of sampling in few evaluations, one more than its steps; `pairs`: those with an unconditional pass.

    None: all. The others guide by the last x_c - x_u that was seen.
    """

    steps: int
    lam_range: tuple[float, float] = LAM_RANGE
    pairs: tuple[int, ...] | None = None
    law: str = "uniform"
    sampler: str = "dpmpp_2m"
    clip: float | None = 1.0

    def passes(self, w: float, student: bool = False) -> int:
        """Passes of the network a picture takes."""
        more = self.steps + 1 if self.pairs is None else len(self.pairs)
        return self.steps + 1 + (0 if student or not w else more)

    def sampled(self, eps: EpsFn, noise: Tensor) -> Tensor:
        """Pictures [n, 3, 32, 32] of these noises."""
        lams = lam_grid(self.steps, *self.lam_range, law=self.law)
        return final(walk(self.sampler, eps, lams, lambda _: noise, clip=self.clip)).clip(-1, 1)


MODEL_DRAFTS = (
    Draft(12),
    Draft(3),
    Draft(3, (-6.0, 4.0)),
    Draft(3, (-6.0, 4.0), law="hyperbolic secant"),
    Draft(4),
    Draft(4, (-6.0, 4.0)),
    Draft(4, (-6.0, 4.0), pairs=(0, 1, 2)),
    Draft(5, (-6.0, 4.0), pairs=(0, 2)),
)
STUDENT_DRAFTS = (  # of 4, 8, 8 and 10 passes
    Draft(3, (-6.0, 4.0)),
    Draft(7, (-6.0, 4.0)),
    Draft(7),
    Draft(9, (-6.0, 4.0)),
)


def thrifty(model: Network, c: Any, w: float, draft: Draft) -> EpsFn:
    """eps_c + w (eps_c - eps_u), where the draft asks for eps_u; for one walk, as it counts the evaluations."""
    count, kept = itertools.count(), 0.0

    def eps(z: Any, lam: float) -> Any:
        nonlocal kept
        i = next(count)
        if w and (draft.pairs is None or i in draft.pairs):
            eps_c, eps_u = model.eps_pair(z, lam, c)
            kept = (eps_c - eps_u) * noise_to_signal(lam)
        else:
            eps_c = model.eps(z, lam, c)
        return eps_c + w / noise_to_signal(lam) * kept

    return eps


def distilled(student: Network, c: Any, w: float) -> EpsFn:
    """The student's guided eps at w, one pass."""
    classes = torch.as_tensor(np.asarray(c), device=student.device)

    def eps(z: Any, lam: float) -> Any:
        return student.passed(z, z.new_full((len(z),), lam), classes, z.new_full((len(z),), w))

    return eps


def resemblance(draft: Verdict, full: Verdict) -> dict[str, float]:
    """Mean distance of a picture to its final one over that of two final ones of a class; share of the same class."""
    between = full.distance()
    if not between:
        raise ValueError("two different pictures of a class are needed")
    near = np.linalg.norm(draft.features - full.features, axis=1).mean()
    same = (draft.probs.argmax(1) == full.probs.argmax(1)).mean()
    return {"distance": round(float(near / between), 4), "same_class": round(float(same), 4)}


def measure(args: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """The record; `say` is given each row as it is found."""
    model, net, c = load_model(args.assets), load_classifier(args.assets), np.arange(args.images) % len(CLASSES)
    noise, whole = image_noise(args.images, args.seed), Draft(FINAL_STEPS)
    student = load_student(args.student) if args.student else None
    rows: list[dict[str, Any]] = []
    for w in args.w:
        full = judge(net, whole.sampled(thrifty(model, c, w, whole), noise), c)
        ways = [("model", draft, thrifty(model, c, w, draft)) for draft in MODEL_DRAFTS]
        if student is not None:
            ways += [("student", draft, distilled(student, c, w)) for draft in STUDENT_DRAFTS]
        for name, draft, eps in ways:
            began = time.process_time()
            x = draft.sampled(eps, noise)
            spent = round(1000 * (time.process_time() - began) * WALL / args.images, 1)
            passes = draft.passes(w, name == "student")
            like = resemblance(judge(net, x, c), full)
            rows.append({"net": name, "w": w, **asdict(draft), "passes": passes, **like, "processor_ms": spent})
            say(str(rows[-1]))
    return {
        "command": f"python -m cfg_core.commands.draft --images {args.images} --seed {args.seed}",
        "images": args.images, "seed": args.seed, "final_steps": FINAL_STEPS, "threads": torch.get_num_threads(),
        "model_sha256": sha256(args.assets / "model.safetensors"),
        "student_sha256": sha256(args.student / "student.safetensors") if args.student else None,
        "classifier_sha256": sha256(args.assets / "classifier.safetensors"),
        "rows": rows,
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.draft", description=__doc__)
    p.add_argument("--assets", type=Path, default=ASSETS, help="folder with the weights; draft.json goes there")
    p.add_argument("--student", type=Path, help="folder with student.safetensors and student.json")
    p.add_argument("--images", type=int, default=40, help="a multiple of 10, at least 20")
    p.add_argument("--w", type=float, nargs="+", default=list(W))
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args(argv)
    if args.images % 10 or args.images < 20:
        p.error("--images must be a multiple of 10, at least 20")
    try:
        record = measure(args, lambda line: print(line, flush=True))
    except (AssetError, ValueError) as problem:
        sys.exit(str(problem))
    write_record(args.assets / "draft.json", record)
    print(short_name(args.assets / "draft.json"))


if __name__ == "__main__":
    main()
