"""A mixture goes along: from Three Gaussians and Score field to the views that take one, and back to the figure."""

import numpy as np
import pytest

from cfg_core.mixture import three_gaussians
from cfg_core.mixture_text import read_mixture
from demo.carry import WHERE
from demo.views.registry import VIEWS
from tests.calling import view as view_of
from tests.pages import DRAWN, OPENED
from tests.test_views import MIXTURE


def test_the_menu_names_views_that_take_a_mixture_by_their_titles():
    assert {name: view_of(name).title for name in WHERE} == WHERE
    assert all("mixture" in view_of(name).settings.fields() for name in WHERE)
    assert [view.name for view in VIEWS if view.lends] == ["gaussians", "field"]


def test_what_the_sliders_describe_is_written_as_a_mixture(tab):
    page = tab()
    page.wait_for_function(OPENED, arg="gaussians")
    assert page.evaluate("cfg.carry.text()") == ""  # the paper's figure goes without saying
    page.evaluate("cfg.state.go('gaussians', {separation: 2.5, spread: 0.4, a: 2})")
    mine, theirs = read_mixture(page.evaluate("cfg.carry.text()")), three_gaussians(2.5, 0.4, (2, 1, 1))
    np.testing.assert_allclose(mine.means, theirs.means, atol=5e-5)
    np.testing.assert_allclose(mine.covs, theirs.covs, atol=5e-5)
    np.testing.assert_allclose(mine.class_weights, [0.5, 0.25, 0.25], atol=1e-12)
    page.evaluate("mix => cfg.state.go('gaussians', {separation: 3, mix})", MIXTURE)
    assert page.evaluate("cfg.carry.text()") == MIXTURE


@pytest.mark.parametrize(("source", "target"), [*(("gaussians", name) for name in WHERE), ("field", next(iter(WHERE)))])
def test_the_mixture_travels_and_the_way_back_leads_to_the_figure(tab, source, target):
    page = tab(None, query=f"?tab={source}&mix={MIXTURE}&w=2")
    page.wait_for_function("([name, mix]) => window.cfg?.state.valuesOf(name).mix === mix", arg=[source, MIXTURE])
    page.wait_for_function(DRAWN, arg=source, timeout=60_000)
    page.locator(f'#view-{source} [data-take="{target}"]').click()
    page.wait_for_function(OPENED, arg=target, timeout=30_000)
    page.wait_for_function("([name, mix]) => window.cfg.state.valuesOf(name).mix === mix", arg=[target, MIXTURE])
    page.wait_for_function(DRAWN, arg=target, timeout=60_000)
    shown(page, target, own=True)
    page.locator(f'#view-{target} [data-do="figure"]').click()
    page.wait_for_function("name => window.cfg.state.valuesOf(name).mix === ''", arg=target)
    shown(page, target, own=False)
    assert not page.locator(f"#view-{target} .own-mixture").is_visible()


def shown(page, name: str, own: bool) -> None:
    """Wait until the view shows the mixture, or the figure: each says it in its own way."""
    out = np.hypot(2.5 / 3, 1) if own else 1.793  # of class A's mean: that of its two components, one twice as heavy
    is_own = str(own).lower()
    says = {
        "truth": f"Math.abs(cfg.stage.get('truth-stage').sweep.slice('out_target', {{w: 0}}).data[0] - {out}) < 1e-3",
        "compare": f"document.querySelector('#compare-stage').innerText.includes('on average') === {is_own}",
        "train": f"document.querySelector('#train-stage').innerText.includes('your own mixture') === {is_own}",
        "code": f"cfg.code.script().includes('linalg.solve') === {is_own}",
    }
    page.wait_for_function(says[name], timeout=30_000)
