"""The tables of docs/measured.md, from the records of assets/cifar: each stands between two marks, and nothing else."""

from __future__ import annotations

from pathlib import Path

from cfg_core.images.curves import Curves
from cfg_core.nets.weights import read_record

CURVES = {"accuracy": ("class accuracy", 3), "recall": ("recall", 3), "distance": ("feature distance", 2),
          "frechet": ("Fréchet", 1), "frechet_efficientnet": ("Fréchet, ImageNet", 1)}  # fmt: skip
GUIDES = {"cfg": "nothing but the class (classifier-free)", "classifier": "a classifier, on the conditional model",
          "classifier_u": "a classifier, on the unconditional model"}  # fmt: skip
AT = 4.0  # w of the table of guides


def filled(text: str, folder: Path) -> str:
    """The text with every table anew: what stands between `<!-- NAME -->` and `<!-- /NAME -->`.

    Raises AssetError naming a record that is missing or damaged, and ValueError for a table without its marks.
    """
    for name, make in (("curves", curves), ("guides", guides), ("p_uncond", p_uncond)):
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"\n<!-- /{name} -->")
        if not end:
            raise ValueError(f"the text must hold <!-- {name} --> and <!-- /{name} -->, each on a line of its own")
        text = before + start + make(folder) + end + after
    return text


def curves(folder: Path) -> str:
    """Mean ± standard deviation over the seeds at some w, and as many real images."""
    of = Curves.of(read_record(folder / "curves.json"))
    columns = [(*of.curve(name), of.real(name), digits) for name, (_, digits) in CURVES.items()]
    rows = [
        [_scale(w), *(f"{mean[i]:.{d}f} ± {sd[i]:.{d}f}" for mean, sd, _, d in columns)]
        for i, w in enumerate(of.w.tolist())
        if w in (-1, 0, 0.5, 1, 2, 4, 8)
    ]
    real = [f"{real:.{d}f}" for *_, real, d in columns]
    return _table(["`w` (scale)", *(title for title, _ in CURVES.values())], [*rows, ["real images", *real]])


def guides(folder: Path) -> str:
    """Who is convinced by images of the same noises, and by real ones."""
    record = read_record(folder / "guides.json")
    at = {row["way"]: row for row in record["rows"] if row["w"] == AT}
    rows = [(words, at[way]) for way, words in GUIDES.items()] + [("(real test images)", record["real"])]
    return _table(
        ["guided by", "guide", "other classifier", "probe", "gap", "Fréchet, ImageNet"],
        [[words, *(f"{row[judge]:.2f}" for judge in ("guide", "classifier", "probe")),
          f"{100 * row['gap_classifier']:.1f} ± {100 * row['se_classifier']:.1f}", f"{row['frechet']:.0f}"]
         for words, row in rows],
    )  # fmt: skip


def p_uncond(folder: Path) -> str:
    """Fréchet distance / Inception Score, a column a network, at some w."""
    table = read_record(folder / "p_uncond.json")["table"]
    first, *others = (f"{p:g}" for p in table["values"])
    rows = zip(table["w"], table["fid"], table["inception_score"], strict=True)
    return _table(
        ["`w` (scale)", f"`p_uncond` = {first}", *others],
        [[_scale(w), *(f"{a:.0f} / {b:.2f}" for a, b in zip(fid, score, strict=True))]
         for w, fid, score in rows if w in (0, 0.5, 1, 2, 4)],
    )  # fmt: skip


def _scale(w: float) -> str:
    return f"{w:g} ({1 + w:g})".replace("-", "−")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])
