"""A Gaussian mixture in the plane as one line of text, which a link can carry as it is.

Components are joined by `*`, the fields of each by `_`: the letter of its class, mean x, mean y, covariance xx, xy, yy,
weight. Numbers are plain decimals with at most 4 digits after the point. The paper's three Gaussians, about:

    A_0_1.793_1_0_1_1*B_-1.5528_-0.8965_1_0_1_1*C_1.5528_-0.8965_1_0_1_1
"""

from __future__ import annotations

import re

import numpy as np

from cfg_core.mixture import GaussianMixture

LETTERS = "ABC"  # class 0, 1, 2
COMPONENTS = 3, 8  # as few and as many, each class at least once
FARTHEST = 20.0  # of a mean, in each coordinate
VARIANCES = 0.0025, 100.0  # eigenvalues of a covariance: standard deviations from 0.05 to 10
WEIGHTS = 0.01, 100.0
ROUNDED = 1e-4  # what 4 digits may change of an eigenvalue
LONGEST = 480  # characters
NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,4})?", re.ASCII)


def read_mixture(text: str) -> GaussianMixture:
    """The mixture that a text means. Raises ValueError naming what is wrong and its bound, never what was given."""
    if len(text) > LONGEST:
        raise ValueError(f"the text must be at most {LONGEST} characters")
    parts = text.split("*", COMPONENTS[1] + 1)
    if not COMPONENTS[0] <= len(parts) <= COMPONENTS[1]:
        raise ValueError("there must be {} to {} components, joined by *".format(*COMPONENTS))
    rows = [_component(part, f"component {i}") for i, part in enumerate(parts, 1)]
    labels = [label for label, _ in rows]
    if set(labels) != set(range(len(LETTERS))):
        raise ValueError(f"each of the classes {', '.join(LETTERS)} must be there")
    mx, my, xx, xy, yy, weights = np.array([numbers for _, numbers in rows]).T
    covs = np.stack([xx, xy, xy, yy], axis=-1).reshape(-1, 2, 2)
    return GaussianMixture(np.stack([mx, my], axis=-1), covs, weights, np.array(labels))


def write_mixture(mixture: GaussianMixture) -> str:
    """The text of a mixture of three classes in the plane, rounded. Raises ValueError where it has none.

    Weights are relative to the least of them, or where that would be too much, spread evenly about 1.
    """
    if mixture.dim != 2 or mixture.classes != len(LETTERS):
        raise ValueError(f"a mixture must be in the plane and have the classes {', '.join(LETTERS)}")
    least, most = mixture.weights.min(), mixture.weights.max()
    weights = mixture.weights / (least if most / least <= WEIGHTS[1] else np.sqrt(least * most))
    rows = zip(mixture.labels, mixture.means, mixture.covs, weights, strict=True)
    text = "*".join(
        "_".join([LETTERS[k], *map(_written, (*mean, cov[0, 0], cov[0, 1], cov[1, 1], weight))])
        for k, mean, cov, weight in rows
    )
    read_mixture(text)
    return text


def _component(part: str, which: str) -> tuple[int, list[float]]:
    """Class and six numbers of one component."""
    letter, *fields = part.split("_", 7)
    if letter not in tuple(LETTERS) or len(fields) != 6 or not all(map(NUMBER.fullmatch, fields)):
        raise ValueError(
            f"{which} must be one of the letters {', '.join(LETTERS)} and six numbers with at most 4 decimals "
            "(mean x, y, covariance xx, xy, yy, weight), joined by _"
        )
    numbers = [float(field) for field in fields]
    mx, my, xx, xy, yy, weight = numbers
    if max(abs(mx), abs(my)) > FARTHEST:
        raise ValueError(f"{which}: each coordinate of its mean must be in [-{FARTHEST:g}, {FARTHEST:g}]")
    low, high = np.linalg.eigvalsh([[xx, xy], [xy, yy]])
    if not (VARIANCES[0] - ROUNDED <= low and high <= VARIANCES[1] + ROUNDED):
        raise ValueError("{}: eigenvalues of its covariance must be in [{:g}, {:g}]".format(which, *VARIANCES))
    if not WEIGHTS[0] <= weight <= WEIGHTS[1]:
        raise ValueError("{}: its weight must be in [{:g}, {:g}]".format(which, *WEIGHTS))
    return LETTERS.index(letter), numbers


def _written(value: float) -> str:
    """At most 4 decimals, no trailing zeros, no minus before 0."""
    digits = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits
