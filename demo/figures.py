"""Figures that stand still: functions from plain arrays to a figure, testable without a server."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np


def loss_chart(curve: Sequence[Sequence[float]]) -> str:
    """The training loss [[images, loss], ...] as plotly JSON."""
    import plotly.graph_objects as go

    images, loss = np.asarray(curve, dtype=np.float64).T
    figure = go.Figure(go.Scatter(x=images, y=loss, mode="lines", line={"width": 2, "color": "#c0343c"}, name="loss"))
    figure.update_layout(
        xaxis={"title": {"text": "images seen"}},
        yaxis={"title": {"text": "training loss"}, "type": "log"},
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        showlegend=False,
    )
    return figure.to_json()


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
