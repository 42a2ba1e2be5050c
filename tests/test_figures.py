"""Figures that stand still, read back from what was drawn."""

import io

import numpy as np
from PIL import Image

from demo.fields import Toy
from demo.figures import paper_figure
from demo.views.gaussians.compute import FIGURE_W, figure_sweep


def test_the_papers_figure_has_a_panel_for_each_w_and_whitens_between_the_classes():
    sweep = figure_sweep(Toy())
    png = paper_figure(sweep["log_mixture"], sweep.meta["extent"], [f"w = {w:g}" for w in FIGURE_W])
    grey = np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(float)
    panels = np.split(grey[:, : grey.shape[1] // 4 * 4], 4, axis=1)
    ink = [(255 - panel).mean() for panel in panels]
    assert ink[0] > 1.5 * ink[3] > 0  # mass gathers in ever smaller islands
    middle = [panel[panel.shape[0] // 2, panel.shape[1] // 2] for panel in panels]
    assert middle[0] < 200 < middle[3]
