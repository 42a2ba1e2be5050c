"""Figures that stand still: functions from plain arrays to a figure, testable without a server."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np


def paper_figure(log_mixture: Any, extent: Sequence[float], titles: Sequence[str]) -> bytes:
    """The paper's figure of the three Gaussians as a PNG: log densities [panel, y, x], each relative to its maximum."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3 * len(titles), 3.3), dpi=200, layout="constrained")
    for axes, log, title in zip(figure.subplots(1, len(titles), squeeze=False)[0], log_mixture, titles, strict=True):
        axes.imshow(
            np.exp(log - log.max()), cmap="Greys", origin="lower", extent=tuple(extent), interpolation="bilinear"
        )
        axes.set(title=title, xticks=[], yticks=[])
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
