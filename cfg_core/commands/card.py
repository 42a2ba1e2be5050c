"""`python -m cfg_core.commands.card`: write assets/cifar/README.md, the model card, from the records there.

And the tables of docs/measured.md, where that is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cfg_core.commands.measure.tables import filled
from cfg_core.files import short_name
from cfg_core.images.curves import Curves
from cfg_core.images.pretrained import ASSETS
from cfg_core.nets.weights import AssetError, read_record

COLUMNS = {
    "accuracy": "accuracy", "confidence": "confidence", "classifier_score": "classifier score",
    "distance": "feature distance", "vendi": "Vendi", "precision": "precision", "recall": "recall",
    "density": "density", "coverage": "coverage", "frechet": "Fréchet", "kid": "KID",
    "frechet_efficientnet": "Fréchet, ImageNet", "kid_efficientnet": "KID, ImageNet",
    "inception_fid": "FID", "inception_score": "Inception Score",
}  # fmt: skip

CARD = """---
license: mit
datasets: [cifar10]
tags: [diffusion, classifier-free-guidance, cifar10]
---

# The CIFAR-10 networks of the Classifier-Free Guidance Explorer

Written by `python -m cfg_core.commands.card` from the records in this folder; do not edit.

## model.safetensors

A class-conditional U-Net with a null class, {parameters:.1f} M parameters in half precision, v-prediction in log-SNR,
trained by Algorithm 1 of Ho & Salimans 2022 with p_uncond = {p_uncond} on {data}.

- commands: {commands}
- images seen: {images_seen:,}; batch {batch}; seed {seeds}; {minutes:.0f} minutes on {machine}
- law of lam: {lam_law}; weights: average with decay {ema_decay}
- loss: {first_loss:.4f} at the first line of the log, {last_loss:.4f} at the last (the curve is in model.json)
- SHA-256 `{sha256}`

It is small: it shows what guidance does, and is not a good generator of pictures. Not for any use but teaching.
{worse}
## classifier.safetensors

The judge: {c_parameters:.1f} M parameters, test accuracy {test_accuracy:.2%} on the {test_images:,} test images
({c_images_seen:,} images seen, {c_minutes:.0f} minutes). Command: {c_commands}
{guide}
## Figures over w

{n:,} images at each w from the same noises, classes equally often; {seeds_said}; {sampler}, {steps} steps,
lam from {low:g} to {high:g}. Features and probabilities are those of our own classifier, so these are not the FID and
the Inception Score of papers; the columns "ImageNet" use EfficientNet-Lite0, an independent network, against all
10,000 test images{inception}. The last row is as many real images that were not compared with (other test images; in
the columns "ImageNet", training images): no generator needs to be better. Precision and the like: {neighbours}
neighbours, against as many test images. Distance and Vendi are means over the classes. The figures of each class
alone are in curves.json. Command: `{command}`

{table}
{nets}"""


def table(curves: Curves) -> str:
    """The curves, mean ± standard deviation over the seeds, and the real images, as Markdown."""
    names = [name for name in COLUMNS if name in curves.figures()]
    columns = {name: zip(*curves.curve(name), strict=True) for name in names}
    lines = ["| w | " + " | ".join(COLUMNS[name] for name in names) + " |", "|---" * (len(names) + 1) + "|"]
    for w in curves.w:
        cells = [_cell(*next(columns[name]), len(curves.seeds)) for name in names]
        lines.append(f"| {w:g} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "| real | " + " | ".join(f"{curves.real(name):.3g}" for name in names) + " |"])


def _cell(mean: float, sd: float, seeds: int) -> str:
    return f"{mean:.3g} ± {sd:.1g}" if seeds > 1 else f"{mean:.3g}"


def card(folder: Path = ASSETS) -> str:
    """The whole card. Raises AssetError naming a record that is missing or damaged."""
    model, judge, record = (read_record(folder / f"{name}.json") for name in ("model", "classifier", "curves"))
    try:
        curves = Curves.of(record)
    except (KeyError, TypeError, ValueError) as problem:
        raise AssetError(f"{short_name(folder / 'curves.json')} is damaged ({problem})") from problem
    seeds, inception = ", ".join(map(str, curves.seeds)), record.get("inception_features")

    def commands(record: dict[str, Any]) -> str:
        return ", then ".join(f"`{command}`" for command in record["commands"])

    def about(name: str, words: Callable[[dict[str, Any], str], str]) -> str:
        path = folder / f"{name}.json"
        return words(read_record(path), commands(read_record(path))) if path.exists() else ""

    values = {
        "worse": about("worse", _about_worse), "guide": about("noisy_classifier", _about_guide),
        **model, "parameters": model["parameters"] / 1e6, "commands": commands(model),
        "seeds": ", then ".join(map(str, model["seeds"])),
        "first_loss": model["loss_curve"][0][1], "last_loss": model["loss_curve"][-1][1],
        "c_parameters": judge["parameters"] / 1e6, "c_images_seen": judge["images_seen"],
        "c_minutes": judge["minutes"], "c_commands": commands(judge),
        "test_accuracy": judge["test_accuracy"], "test_images": judge["test_images"],
        "n": record["n"], "sampler": record["sampler"], "steps": record["steps"],
        "low": record["lam_range"][0], "high": record["lam_range"][1], "neighbours": record["neighbours"],
        "seeds_said": f"mean ± standard deviation of the seeds {seeds}" if len(curves.seeds) > 1 else f"seed {seeds}",
        "inception": f"; the last two columns are those of papers, by {inception}" if inception else "",
        "command": record["command"], "table": table(curves), "nets": _nets(folder / "nets.json"),
    }  # fmt: skip
    return CARD.format(**values)


def _about_worse(record: dict[str, Any], commands: str) -> str:
    return f"""
## worse.safetensors

The same network trained less, {record["images_seen"]:,} images: what autoguidance guides away from.
Commands: {commands}. SHA-256 `{record["sha256"]}`
"""


def _about_guide(record: dict[str, Any], commands: str) -> str:
    measured = zip(record["test"]["lam"], record["test"]["accuracy"], strict=True)
    right = ", ".join(f"{accuracy:.0%} at {lam:g}" for lam, accuracy in measured if lam % 4 == 0)
    return f"""
## noisy_classifier.safetensors

A classifier of noised images, p(c | z, lam), whose gradient guides: {record["parameters"] / 1e6:.1f} M parameters,
{record["images_seen"]:,} images seen, {record["minutes"]:.0f} minutes on {record["machine"]}. Right on the
{record["test_images"]:,} test images, noised to lam: {right}. Commands: {commands}. SHA-256 `{record["sha256"]}`
"""


def _nets(path: Path) -> str:
    """The networks that were compared at equal time, where they are recorded."""
    if not path.exists():
        return ""
    record, worth = read_record(path), read_record(path.with_name("class_worth.json"))
    error = worth["rows"][0]["nats_below_se"] * (worth["n"] / record["n"]) ** 0.5  # one network's stands for all
    lines = [
        f"| {row['norm']} norm, {_counted(row['blocks'], 'block')} a level, {row['upsample']} upsampling | "
        f"{row['parameters'] / 1e6:.1f} M | {row['gmac']:.2f} | {row['images_seen']:,} | {row['loss_c']:.4f} | "
        f"{row['gap']:.4f} | {row['nats_below']:.2f} ± {error:.2f} |"
        for row in record["rows"]
    ]
    minutes = max(row["processor_minutes"] for row in record["rows"])
    return f"""
## Networks at equal processor time

Each trained from nothing for {minutes:.0f} minutes of one processor core, another run on the other core; the loss on
{record["n"]:,} test images, lam even on [{record["lam"][0]}, {record["lam"][1]}]; the gap is how much higher it is
without the class, in nats what the class is worth at lam < {record["between"]:g}, ± the standard error measured on
model.safetensors with {worth["n"]:,} images (class_worth.json; these rows kept none of their own).
Command: `{record["command"]}`

| network | parameters | GMAC an image | images seen | loss with the class | gap | nats |
|---|---|---|---|---|---|---|
{chr(10).join(lines)}
"""


def _counted(n: int, thing: str) -> str:
    return f"{n} {thing}{'s' if n > 1 else ''}"


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.card", description=__doc__)
    p.add_argument("--assets", type=Path, default=ASSETS)
    p.add_argument("--docs", type=Path, default=Path("docs/measured.md"), help="a text whose marked tables are written")
    args = p.parse_args(argv)
    try:
        (args.assets / "README.md").write_text(card(args.assets), encoding="utf-8")
        if args.docs.exists():
            args.docs.write_text(filled(args.docs.read_text(encoding="utf-8"), args.assets), encoding="utf-8")
    except (AssetError, ValueError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
