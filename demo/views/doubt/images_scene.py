"""What "On images" draws: the same noises by several ways of guiding, and who is convinced by them."""

from __future__ import annotations

from collections.abc import Iterable

from demo.scene import Axis, Layer, Panel, Scene, axis, curve, dot, line, picture_panel, pictures
from demo.sweep import Sweep
from demo.views.doubt.images import BASE, BY_CLASSIFIER, SHOWN
from demo.views.doubt.settings import JUDGES, Doubt

MISSING = "assets/cifar/guides.json or noisy_classifier.json is missing or damaged: nothing was measured on images."
COLORS = {"cfg": "cond", "classifier": "guided", "classifier_u": "diff", "score": "C", "noise": "uncond"}
GUIDED = (BASE, *BY_CLASSIFIER)
TEMPERATURE = (
    "Lower temperature stands at T = 1 / (1 + w), and at T = 1 up to w = 0: the conditional model's score times 1/T, "
    "through the ODE, or the fresh noise of its ancestral sampling times √T."
)
SAID = (8.0, 2.0, 0.0, -4.0, -8.0)  # lam whose accuracy is said
TALL = 1.28  # tiles: a row of pictures and its name above it
SURE = 3.0  # standard errors beyond which a difference is said to be one: the largest of several is looked for


def scene(sweep: Sweep, s: Doubt) -> Scene:
    """Pictures beside the guide's belief against the judge's; then the gap, Fréchet distance, the guide's accuracy."""
    if not sweep.arrays:
        return {"panels": [], "caption": [MISSING], "alt": MISSING}
    return {
        "panels": [*_pictures(sweep), _believed(sweep), *_measured(sweep)],
        "caption": _caption(sweep),
        "beside": ["believed", "accuracy"],
        "alt": "Images of the same noises by several ways of guiding, and how sure the guide and a judge are of them.",
    }


def _pictures(sweep: Sweep) -> list[Panel]:
    if "tiles" not in sweep.arrays:
        return []
    ways, across = list(sweep.meta["ways"].values()), len(SHOWN)
    layer = pictures("", "tiles", across, sweep.meta["sheet"], rows=ways, tall=TALL)
    return [
        {"id": "pictures", "title": "The same six noises", "source": "precomputed", "part": "images",
         **picture_panel(across, len(ways), TALL), "layers": [layer]},
    ]  # fmt: skip


def _believed(sweep: Sweep) -> Panel:
    judge = JUDGES[sweep.meta["judge"]]
    layers: list[Layer] = [line("", "diagonal", "muted", dash=[3, 4], width=1.2)]
    layers += [curve(title, f"guide_{way}", f"other_{way}", COLORS[way]) for way, title in sweep.meta["ways"].items()]
    layers += [dot(f"guide_{way}", f"other_{way}", COLORS[way]) for way in sweep.meta["ways"]]
    guide, other = sweep.meta["real"]
    layers.append(dot([guide], [other], "ink", name="real images"))
    return {
        "id": "believed", "title": "Who is convinced?", "source": "precomputed", "part": "images", "aspect": "equal",
        "x": axis(0, 1, "mean p(c|x), guiding classifier"), "y": axis(0, 1, f"mean p(c|x), {judge}"), "layers": layers,
    }  # fmt: skip


def _measured(sweep: Sweep) -> list[Panel]:
    ways = sweep.meta["ways"]
    gaps = [float(v) for way in ways for v in sweep[f"gap_{way}"]] + [sweep.meta["real_gap"]]
    air = max(2.0, (max(gaps) - min(gaps)) / 20)
    panels = [
        ("gap", "The guide's belief beyond the judge's", axis(min(gaps) - air, max(gaps) + air, "percentage points"))
    ]
    if "real_frechet" in sweep.arrays:
        floor, top = float(sweep["real_frechet"][0]), _top(sweep, GUIDED)
        panels.append(("frechet", "Fréchet distance to test images", axis(0.95 * floor, 1.05 * top)))
    return [*(_over_w(sweep, *panel) for panel in panels), _accuracy(sweep)]


def _top(sweep: Sweep, ways: Iterable[str]) -> float:
    """The largest Fréchet distance of some ways."""
    return max(float(sweep[f"frechet_{way}"].max()) for way in ways)


def _over_w(sweep: Sweep, key: str, title: str, y: Axis) -> Panel:
    ways = sweep.meta["ways"]
    lines: list[Layer] = [curve(words, "w_axis", f"{key}_{way}", COLORS[way]) for way, words in ways.items()]
    lines.append(curve("real images", "w_axis", f"real_{key}", "ink", dash=[5, 4], width=1.4))
    return {
        "id": key, "title": title, "source": "precomputed", "part": "measured",
        "x": axis(min(sweep.meta["at"]), max(sweep.meta["at"]), "guidance weight w"), "y": y,
        "layers": [*lines, *(dot("w_axis", f"{key}_{way}", COLORS[way], size=4) for way in ways)],
    }  # fmt: skip


def _accuracy(sweep: Sweep) -> Panel:
    lam = sweep["lam_axis"]
    return {
        "id": "accuracy", "title": "The guide on noised test images", "source": "precomputed",
        "part": "measured", "x": axis(float(lam[0]), float(lam[-1]), "lam (−: noise, +: clean)"),
        "y": axis(0, 1.04, "share right"),
        "layers": [
            curve("right class", "lam_axis", "accuracy", "guided"),
            curve("a guess", "lam_axis", "chance", "ink", dash=[5, 4], width=1.4),
        ],
    }  # fmt: skip


def _caption(sweep: Sweep) -> dict[str, list[str]]:
    meta, at, judge = sweep.meta, "At w = {w} (scale 1 + w = {s}) ", JUDGES[sweep.meta["judge"]]
    convinced = (
        f"{at}the guiding classifier's mean p(c|x) of images that it guided is [guided]{{guide_classifier:0%}}[/] "
        f"(conditional model) and [diff]{{guide_classifier_u:0%}}[/] (unconditional); that of {judge} is "
        "[guided]{other_classifier:0%}[/] and [diff]{other_classifier_u:0%}[/]. Of classifier-free images the two are "
        "[cond]{guide_cfg:0%}[/] and [cond]{other_cfg:0%}[/]."
    )
    reading = (
        "On the dashed line both are equally sure. Of two curves, the lower one wins the guide's belief more than the "
        "judge's. The pictures, one for each of six classes, are those of the measured w nearest to the slider's."
    )
    gap = (
        f"{at}the guiding classifier's mean p(c|x) is larger than that of {judge} by [guided]{{gap_classifier:1f}}[/] "
        "percentage points (± {se_classifier:1f}) for images that it guided on the conditional model, by "
        "[diff]{gap_classifier_u:1f}[/] (± {se_classifier_u:1f}) on the unconditional one, by [cond]{gap_cfg:1f}[/] "
        f"(± {{se_cfg:1f}}) for classifier-free ones, by {_signed(meta['real_gap'])} for real test images."
    )
    right = (
        f"For {judge} the class asked for is the likeliest one in [guided]{{right_classifier:0%}}[/] of the images "
        "(conditional), [diff]{right_classifier_u:0%}[/] (unconditional) and [cond]{right_cfg:0%}[/] (classifier-free)."
    )
    return {
        "images": [convinced, reading, TEMPERATURE, _measured_on(sweep)],
        "measured": [
            gap,
            _verdict(sweep),
            right,
            *_about_frechet(sweep),
            _about_guide(sweep),
            TEMPERATURE,
            _measured_on(sweep),
        ],
    }


def _verdict(sweep: Sweep) -> str:
    """What the figures say of the suspicion, whichever way they turned out."""
    most, ways = sweep.meta["excess"], sweep.meta["ways"]
    where = (
        f"Most beyond classifier-free guidance at the same w: {ways[most['way']]}, w = {most['w']:g} (scale "
        f"{1 + most['w']:g}), by {most['points']:.1f} points (± {most['se']:.1f})."
    )
    if most["points"] > SURE * most["se"]:
        return f"{where} So much more did the guide's belief rise than the judge's: an adversarial attack would do so."
    return f"{where} That is within {SURE:g} standard errors: no sign here that guidance pleases its guide alone."


def _measured_on(sweep: Sweep) -> str:
    meta = sweep.meta
    other = "" if meta["asked"] == meta["judge"] else f" {JUDGES[meta['asked']].capitalize()} was not measured."
    return (
        f"Measured on {meta['n']:,} images for each w and way, all ten classes equally often, from the same noises "
        f"(seed {meta['seed']}, {meta['steps']} steps), with straight lines between; ± is one standard error.{other}"
    )


def _about_frechet(sweep: Sweep) -> list[str]:
    """Nothing where it was not measured."""
    if "real_frechet" not in sweep.arrays:
        return []
    floor, others = float(sweep["real_frechet"][0]), [way for way in sweep.meta["ways"] if way not in GUIDED]
    above = _top(sweep, others) > 1.05 * _top(sweep, GUIDED)
    beyond = f" Lower temperature leaves the panel: it reaches {_top(sweep, others):,.0f}." if above else ""
    return [
        "Fréchet distance in the features of EfficientNet-Lite0, not the FID of papers: few images make it large, "
        f"{floor:,.0f} for as many real training images.{beyond}"
    ]


def _about_guide(sweep: Sweep) -> str:
    meta = sweep.meta
    said = ", ".join(f"{meta['accuracy'][lam]:.0%} at lam = {lam:g}".replace("-", "−") for lam in SAID)
    return (
        f"The guiding classifier has {meta['parameters'] / 1e6:.1f} million parameters and has seen "
        f"{meta['images_seen']:,} noised training images. Of noised test images it gets right: {said}."
    )


def _signed(points: float) -> str:
    """As the browser writes numbers, with a true minus sign."""
    return f"{points:.1f}".replace("-", "−")
