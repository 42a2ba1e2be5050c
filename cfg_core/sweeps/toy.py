"""The toy's sweeps: one call each computes everything that a view of the three Gaussians shows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.density import grid, guided_log_density, tilted_log_density
from cfg_core.guidance import EpsFn, guided, rule, rules_for
from cfg_core.metrics import classified
from cfg_core.mixture import CIRCUMRADIUS, GaussianMixture, three_gaussians
from cfg_core.process import lam_grid, sigma
from cfg_core.samplers import SAMPLERS, final, seeded_noise, walk
from cfg_core.sweeps import Sweep

Array = NDArray[np.float64]

CLASS_NAMES = ("A", "B", "C")
# the values of w that a sweep computes; the screen draws straight lines between
W = np.concatenate([np.arange(-1.0, 4.0, 0.25), np.arange(4.0, 10.1, 0.5)])
W_COARSE = np.array([-1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10.0])  # of the guided density, smooth in w
W_WHOLE = np.arange(-1.0, 11.0)  # where particles are resampled, nothing may be drawn between computed values
WIDEST = 6  # window of the figure, in units of the classes' own
FIGURE_W = (0.0, 10.0, 100.0, 1000.0)  # the four panels of the paper's figure

# bounds of every setting, shown by the sliders and checked again here
BOUNDS: dict[str, tuple[float, float]] = {
    "separation": (0.0, 5.0),
    "spread": (0.2, 3.0),
    "weight": (0.05, 10.0),
    "steps": (2, 256),
    "v": (0.0, 1.0),
    "lam_min": (-20.0, -2.0),
    "lam_max": (2.0, 20.0),
    "seed": (0, 2**32 - 1),
    "points": (10, 2000),
    "w": (-1.0, 10.0),
    "lam": (-20.0, 20.0),
    "position": (-1e6, 1e6),
}
TOY_RULES = tuple(rules_for("classifier", "worse"))  # those that an exact mixture can be guided by
MAX_WORK = 64_000  # points x steps of one sweep: about two seconds on one core


@dataclass(frozen=True)
class ToySettings:
    """What the toy tabs let one choose. Raises ValueError naming the bound that is broken."""

    separation: float = CIRCUMRADIUS  # distance of the means from the centre
    spread: float = 1.0  # standard deviation of each class
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0)  # of the classes, any scale
    rule: str = "cfg"
    sampler: str = "heun"
    steps: int = 32
    v: float = 0.0  # reverse variance, ancestral sampling only
    lam_min: float = -20.0
    lam_max: float = 20.0
    seed: int = 0
    points: int = 240  # of each class
    params: tuple[tuple[str, float], ...] = ()  # the rule's own numbers, where they are not its defaults

    def __post_init__(self) -> None:
        for name in ("separation", "spread", "steps", "v", "lam_min", "lam_max", "seed", "points"):
            check(name, getattr(self, name))
        if len(self.weights) != 3:
            raise ValueError("there must be three weights")
        for weight in self.weights:
            check("weight", weight)
        if self.rule not in TOY_RULES:
            raise ValueError(f"guidance must be one of {', '.join(TOY_RULES)}")
        rule(self.rule).numbers(**dict(self.params))
        if self.sampler not in SAMPLERS:
            raise ValueError(f"sampler must be one of {', '.join(SAMPLERS)}")
        if self.points * self.steps > MAX_WORK:
            raise ValueError(f"points x steps must be at most {MAX_WORK}, not {self.points * self.steps}")

    @property
    def mixture(self) -> GaussianMixture:
        return three_gaussians(self.separation, self.spread, self.weights)

    @property
    def lams(self) -> Array:
        """The noise levels that sampling walks, [steps + 1]."""
        return lam_grid(self.steps, self.lam_min, self.lam_max)

    def guided(self, c: Any, w: Any) -> EpsFn:
        """eps~(z, lam) of the mixture under the chosen rule, for one walk along `lams`."""
        return guided(self.mixture, c, w, self.rule, self.lams, **dict(self.params))


def check(name: str, value: float) -> None:
    """Raise ValueError naming the bound where `value` is outside BOUNDS[name] or not a finite number."""
    low, high = BOUNDS[name]
    if not (np.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name.replace('_', ' ')} must be a number in [{low:.10g}, {high:.10g}]")


def gaussians_sweep(s: ToySettings, cells: int = 56) -> Sweep:
    """Guided samples of the three classes at every w, the tilted target, and the trade-off between class and spread.

    Arrays: samples [w, class, point, xy]; class_share [class, y, x] = p(c|x) and log_pxc, log_pcx, whose sum with
    weight w is the log of the target up to a constant; prob, own, keep [w, class]: mean p(c|x) of the samples, share
    classified as their class, and spread relative to p(x|c) (own_A, keep_A, ... [w] again one by one); prob_mean,
    own_mean, keep_mean [w] over the classes; target_prob, target_keep [w] of the target.
    """
    mixture, classes = s.mixture, np.arange(3)
    noise = seeded_noise(s.seed, (3, s.points, 2))
    eps = s.guided(classes[:, None], W[:, None, None])
    start = np.broadcast_to(noise(0), (len(W), 3, s.points, 2))
    x = final(walk(s.sampler, eps, s.lams, noise, v=s.v, start=start))
    posterior = mixture.posterior(x)  # [W, 3, points, 3]
    own = np.take_along_axis(posterior, classes[None, :, None, None], -1)[..., 0]
    prob, right = own.mean(-1), classified(posterior, classes)
    keep = _spread(x) / s.spread
    half = _half_range(s, x)
    points = grid((-half, half), (-half, half), cells)
    log_pxc = np.stack([mixture.log_density(points, c=c) for c in classes])
    log_pcx = np.moveaxis(mixture.log_posterior(points), -1, 0)
    target_prob, target_keep = _target_trade_off(mixture, s.spread)
    plane = ("class", "y", "x")
    return Sweep(
        axes={"w": W},
        arrays={
            "samples": (x, ("w", "class", "point", "xy")),
            "log_pxc": (log_pxc, plane),
            "log_pcx": (log_pcx, plane),
            "class_share": (np.exp(log_pcx), plane),
            "prob": (prob, ("w", "class")),
            "own": (right, ("w", "class")),
            "keep": (keep, ("w", "class")),
            **{f"own_{name}": (right[:, c], ("w",)) for c, name in enumerate(CLASS_NAMES)},
            **{f"keep_{name}": (keep[:, c], ("w",)) for c, name in enumerate(CLASS_NAMES)},
            "prob_mean": (prob.mean(-1), ("w",)),
            "own_mean": (right.mean(-1), ("w",)),
            "keep_mean": (keep.mean(-1), ("w",)),
            "target_prob": (target_prob, ("w",)),
            "target_keep": (target_keep, ("w",)),
        },
        labels={"class": CLASS_NAMES},
        meta={"source": "exact", "extent": [-half, half, -half, half], **_settings(s)},
    )


def actual_density_sweep(s: ToySettings, half: float, cells: int = 40, steps: int = 20) -> Sweep:
    """What the guided ODE really samples: log_actual [w:coarse, class, y, x] by the instantaneous change of variables.

    The limit of DDIM with many steps, whatever sampler is chosen; ancestral sampling has another law.
    """
    points = grid((-half, half), (-half, half), cells)
    shape = (len(W_COARSE), 3, *points.shape)
    log = guided_log_density(
        s.mixture,
        np.broadcast_to(points, shape),
        np.arange(3)[:, None, None],
        W_COARSE[:, None, None, None],
        name=s.rule,
        steps=steps,
        lam_min=s.lam_min,
        lam_max=s.lam_max,
        **dict(s.params),
    )
    return Sweep(
        axes={"w:coarse": W_COARSE},
        arrays={"log_actual": (np.maximum(log, -80.0), ("w:coarse", "class", "y", "x"))},
        labels={"class": CLASS_NAMES},
        meta={"source": "exact", "extent": [-half, half, -half, half], **_settings(s)},
    )


def figure_sweep(s: ToySettings, cells: int = 128) -> Sweep:
    """The paper's figure: mixtures of the normalised guided conditionals at w = 0, 10, 100, 1000.

    log_mixture [panel, y, x]. At w = 0 it is the non-guided marginal (Ho & Salimans 2022, figure of three Gaussians).
    The window holds the targets, or as much of them as fits in WIDEST times the classes' own size: meta["in_view"].
    """
    mixture = s.mixture
    half, in_view = _window(mixture, FIGURE_W, s.separation + 4 * s.spread, 0.999, 192)
    points = grid((-half, half), (-half, half), cells)
    cell = (2 * half / cells) ** 2
    tilted = np.stack([tilted_log_density(mixture, points, c, FIGURE_W, cell) for c in range(3)])
    log = np.logaddexp.reduce(tilted + np.log(mixture.class_weights)[:, None, None, None], axis=0)
    return Sweep(
        axes={},
        arrays={"log_mixture": (np.maximum(log, -80.0), ("panel", "y", "x"))},
        labels={"panel": tuple(f"w = {w:g}" for w in FIGURE_W)},
        meta={"source": "exact", "extent": [-half, half, -half, half], "in_view": in_view, **_settings(s)},
    )


def _window(mixture: GaussianMixture, w: Any, base: float, share: float, cells: int) -> tuple[float, float]:
    """Half the side of a square, `base` or more, that holds this share of each class's target at each w; what it holds.

    Classes that overlap much are pushed far out before p(c|x) is 1 and stops pushing: at most to WIDEST times base.
    """
    far = 2 * WIDEST * base
    points = grid((-far, far), (-far, far), cells)
    out = np.abs(points).max(-1).ravel()
    cell = (2 * far / cells) ** 2
    mass = np.exp([tilted_log_density(mixture, points, c, w, cell) for c in range(3)]).reshape(-1, out.size) * cell
    order = np.argsort(out)
    within = np.cumsum(mass[:, order], axis=1).min(0)  # of the target that goes out the farthest
    reach = float(out[order][np.searchsorted(within, share).clip(max=out.size - 1)])
    half = float(np.clip(reach, base, WIDEST * base))
    return half, float(mass[:, out <= half].sum(1).min())


def field_sweep(s: ToySettings, c: int, quantity: str = "eps", cells: int = 44, arrows: int = 17) -> Sweep:
    """The fields of one class over lam: arrows and heat maps on grids that a slider of lam scrubs.

    Arrays over lam: cond, uncond, diff [lam, arrow, xy] (eps, or the score -eps/sigma), log_p [lam, y, x],
    posterior [lam, y, x]. The guided field at any w is base + w push: every rule here is affine in w, and for
    classifier-free guidance base is cond and push is diff.
    """
    if quantity not in ("eps", "score"):
        raise ValueError("quantity must be eps or score")
    mixture = s.mixture
    half = _half_range(s, None)
    lams = field_lams(s)
    arrow_points = grid((-half, half), (-half, half), arrows).reshape(-1, 2)
    map_points = grid((-half, half), (-half, half), cells)
    cond, uncond = _pair(mixture, arrow_points, lams, c, quantity)
    base, push = _guided_pair(s, arrow_points, lams, c, quantity)
    lam_map = lams[:, None, None]
    tall = np.broadcast_to(map_points, (len(lams), *map_points.shape))
    log_posterior = mixture.log_posterior(tall, lam_map)  # [lam, y, x, class]
    return Sweep(
        axes={"lam": lams},
        arrays={
            "at": (arrow_points, ("arrow", "xy")),
            "cond": (cond, ("lam", "arrow", "xy")),
            "uncond": (uncond, ("lam", "arrow", "xy")),
            "diff": (cond - uncond, ("lam", "arrow", "xy")),
            "base": (base, ("lam", "arrow", "xy")),
            "push": (push, ("lam", "arrow", "xy")),
            "log_p": (mixture.log_density(tall, lam_map), ("lam", "y", "x")),
            "posterior": (np.exp(log_posterior[..., c]), ("lam", "y", "x")),
        },
        labels={"class": CLASS_NAMES},
        meta={
            "source": "exact",
            "extent": [-half, half, -half, half],
            "class": c,
            "quantity": quantity,
            **_settings(s),
        },
    )


TRAIL_W = (-1.0, 0.0, 1.0, 3.0, 10.0)  # the guided trajectories drawn from a dropped particle


def particle_sweep(s: ToySettings, c: int, z: tuple[float, float], lam: float, quantity: str = "eps") -> Sweep:
    """A particle dropped at z at noise level lam: its guided path for each of TRAIL_W, and the fields at z over lam.

    Arrays: trails [trail, step, xy], the probability-flow ODE from lam to lam_max (constant where lam = lam_max);
    point_base, point_push [lam, xy], base_1, base_2, push_1, push_2 [lam] one by one, the guided field being
    base + w push; point_prob [lam], p_lam(c|z).
    """
    check("lam", lam)
    if not np.isfinite(z).all() or np.abs(z).max() > 1e6:
        raise ValueError("the particle must be within 1e6 of the centre")
    mixture, lams, at = s.mixture, field_lams(s), np.asarray(z, dtype=np.float64)
    base, push = (field[:, 0] for field in _guided_pair(s, at[None], lams, c, quantity))
    start = np.broadcast_to(at, (len(TRAIL_W), 2))
    if lam < s.lam_max - 1e-6:
        path = lam_grid(48, lam, s.lam_max)
        eps = guided(mixture, c, np.asarray(TRAIL_W), s.rule, path, **dict(s.params))
        trails = np.stack([step.z for step in walk("heun", eps, path, seeded_noise(0, (1,)), start=start)], axis=1)
    else:
        trails = np.repeat(start[:, None], 2, axis=1)
    return Sweep(
        axes={"lam": lams},
        arrays={
            "drop": (at, ("xy",)),
            "trails": (trails, ("trail", "step", "xy")),
            "point_base": (base, ("lam", "xy")),
            "point_push": (push, ("lam", "xy")),
            **{f"base_{i + 1}": (base[:, i], ("lam",)) for i in range(2)},
            **{f"push_{i + 1}": (push[:, i], ("lam",)) for i in range(2)},
            "point_prob": (mixture.posterior(np.broadcast_to(at, (len(lams), 2)), lams)[:, c], ("lam",)),
        },
        labels={"trail": tuple(f"w = {w:g}" for w in TRAIL_W)},
        meta={"source": "exact", "class": c, "quantity": quantity, **_settings(s)},
    )


def field_lams(s: ToySettings) -> Array:
    """The noise levels that the field view scrubs: 33 values, evenly spaced, within where the fields change."""
    return np.linspace(max(s.lam_min, -8.0), min(s.lam_max, 8.0), 33)


def _pair(mixture: GaussianMixture, points: Array, lams: Array, c: int, quantity: str) -> tuple[Array, Array]:
    """(eps or score given the class, and without) at points [n, 2] for every lam: two [lam, n, 2]."""
    tall = np.broadcast_to(points, (len(lams), *points.shape))
    if quantity == "score":
        return mixture.score(tall, lams[:, None], c), mixture.score(tall, lams[:, None])
    return mixture.eps_pair(tall, lams[:, None], c)


def _guided_pair(s: ToySettings, points: Array, lams: Array, c: int, quantity: str) -> tuple[Array, Array]:
    """(base, push) at points [n, 2] for every lam, the guided field being base + w push: two [lam, n, 2]."""
    twice, w = np.broadcast_to(points, (2, *points.shape)), np.array([[0.0], [1.0]])
    fields = np.stack([s.guided(c, w)(twice, float(lam)) for lam in lams])  # [lam, 2, n, 2], each without a past
    if quantity == "score":
        fields = -fields / sigma(lams)[:, None, None, None]
    return fields[:, 0], fields[:, 1] - fields[:, 0]


def _spread(x: Array) -> Array:
    """Root mean variance per dimension of clouds [..., n, D]: [...]."""
    return np.sqrt(x.var(axis=-2, ddof=1).mean(-1))


def _half_range(s: ToySettings, x: Array | None) -> float:
    """Half the side of a square view that holds the classes and, up to a limit, nearly all samples x [w, ...]."""
    base = s.separation + 3 * s.spread
    if x is None:
        return float(np.ceil(2 * base) / 2)
    reach = 1.03 * float(np.quantile(np.abs(x).reshape(len(x), -1), 0.999, axis=1).max())
    return float(np.ceil(2 * np.clip(reach, base, 4 * base)) / 2)


def _target_trade_off(mixture: GaussianMixture, spread: float) -> tuple[Array, Array]:
    """Mean p(c|x) and relative spread of the tilted target at every w, averaged over the classes: two [W]."""
    base = float(np.abs(mixture.means).max()) + 5 * spread
    half, _ = _window(mixture, W[[0, -1]], base, 1 - 1e-5, 72)
    cells = int(np.ceil(56 * half / base))
    points = grid((-half, half), (-half, half), cells)
    cell = (2 * half / cells) ** 2
    posterior = mixture.posterior(points)
    prob, keep = [], []
    for c in range(3):
        mass = np.exp(tilted_log_density(mixture, points, c, W, cell)).reshape(len(W), -1) * cell
        flat = points.reshape(-1, 2)
        mean = mass @ flat
        variance = mass @ flat**2 - mean**2
        prob.append(mass @ posterior[..., c].ravel())
        keep.append(np.sqrt(variance.mean(-1)) / spread)
    return np.mean(prob, axis=0), np.mean(keep, axis=0)


def _settings(s: ToySettings) -> dict[str, Any]:
    return {"settings": asdict(s)}
