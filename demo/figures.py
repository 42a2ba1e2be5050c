"""Figures that stand still: functions from plain arrays to a figure, testable without a server."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

RED = "#c0343c"
MARGIN = {"l": 60, "r": 10, "t": 10, "b": 45}


def loss_chart(curve: Sequence[Sequence[float]]) -> str:
    """The training loss [[images, loss], ...] as plotly JSON."""
    import plotly.graph_objects as go

    images, loss = np.asarray(curve, dtype=np.float64).T
    figure = go.Figure(go.Scatter(x=images, y=loss, mode="lines", line={"width": 2, "color": RED}, name="loss"))
    figure.update_layout(
        xaxis={"title": {"text": "images seen"}},
        yaxis={"title": {"text": "training loss"}, "type": "log"},
        margin=MARGIN,
        showlegend=False,
    )
    return figure.to_json()


def worth_chart(lam: Sequence[float], worth: Mapping[str, Sequence[float]], most: float) -> str:
    """Running sums over lam [k] of what a class is worth, a line a network, and the most it can be: plotly JSON."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for (name, nats), color in zip(worth.items(), (RED, "#7d7d7d"), strict=False):
        figure.add_scatter(x=list(lam), y=list(nats), mode="lines", line={"width": 2, "color": color}, name=name)
    words = f"all that a class can tell: {most:.2f}"
    figure.add_hline(most, line={"dash": "dash", "width": 1}, annotation={"text": words, "xanchor": "right"})
    figure.update_layout(
        xaxis={"title": {"text": "lam: from noise (left) to the image"}},
        yaxis={"title": {"text": "nats, summed from the left"}, "rangemode": "tozero"},
        margin=MARGIN,
        legend={"x": 0.01, "y": 0.99},
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
