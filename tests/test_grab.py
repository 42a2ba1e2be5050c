"""Classes are grabbed, by mouse, wheel and keys, in a real browser; what is seen is what the core computes."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from cfg_core.mixture_text import read_mixture
from cfg_core.process import sigma
from cfg_core.samplers import seeded_noise
from demo.fields import W
from demo.views.field.compute import field_sweep, particle_sweep
from demo.views.field.settings import Field
from demo.views.gaussians.compute import actual_density_sweep, gaussians_sweep
from demo.views.gaussians.settings import Gaussians
from tests.test_app import drawn, quiet

GRIP = """async ([stage, part, k]) => {
  const node = () => document.querySelectorAll(`#${stage} .grab-one`)[k]?.querySelector(part);
  const middle = (r) => r && [r.left + r.width / 2, r.top + r.height / 2];
  const at = () => middle(node()?.getBoundingClientRect());
  for (let last = at(), since = performance.now(); !last || performance.now() - since < 300;) {
    await new Promise(requestAnimationFrame);
    if (String(at()) !== String(last)) [last, since] = [at(), performance.now()];
  }
  return at();
}"""
TO_SCREEN = """([stage, x, y]) => {
  const {view, canvas} = cfg.stage.get(stage).panels[0], at = canvas.getBoundingClientRect();
  return [at.left + view.px(x), at.top + view.py(y)];
}"""
SETTLED = """stage => {
  const toy = cfg.toy.get(stage), {sweep} = cfg.stage.get(stage), {mixture} = toy.settings;
  return toy.answered === toy.state() && Object.values(sweep.arrays).every((a) => !a.whole)
    && (toy.said().mixture || "") === mixture && cfg.state.here().values.mix === mixture;
}"""
POINTS = {"points": 40, "steps": 12}


def opened(tab, view: str = "gaussians", **settings):
    """A page with that view, by a link, at rest."""
    query = "&".join(f"{key}={value}" for key, value in settings.items())
    page = tab(None, query=f"?tab={view}&{query}", height=800)
    page.wait_for_function("v => window.cfg?.state.here().view === v", arg=view)
    drawn(page, view)
    quiet(page)
    settled(page, view)
    return page


def settled(page, view: str = "gaussians") -> None:
    """All that follows from a change is there: the whole sweep, the controls, the link."""
    page.wait_for_timeout(80)  # until the controls have told of their change
    page.wait_for_function(SETTLED, arg=f"{view}-stage", timeout=20_000)


def calls(page) -> list[str]:
    return [r for r in page.requests if not r.startswith(("data:", "blob:"))]


def mixture(page):
    """What the settings now say the classes are; None where it is the sliders' own."""
    text = page.evaluate("cfg.state.here().values.mix")
    return read_mixture(text) if text else None


def array(page, name: str, view: str = "gaussians", **coords: float) -> np.ndarray:
    """An array of the stage at the present coordinates, or at others."""
    script = """([stage, name, coords]) => {
      const at = cfg.stage.get(stage), {data, shape} = at.sweep.slice(name, {...at.coords, ...coords});
      return [Array.from(data), shape];
    }"""
    data, shape = page.evaluate(script, [f"{view}-stage", name, coords])
    return np.array(data, dtype=float).reshape(shape)


def grip(page, k: int, part: str = ".grab-pad", view: str = "gaussians") -> list[float]:
    return page.evaluate(GRIP, [f"{view}-stage", part, k])


def drag(page, start, to) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    for t in np.linspace(0.2, 1, 6):
        page.mouse.move(*(np.array(start) + t * (np.array(to) - np.array(start))))
    page.mouse.up()


def separation(page) -> float:
    """That of the classes whose samples are painted."""
    return float(page.locator("#gaussians-stage .stage").get_attribute("data-separation"))


def settings_of(page) -> Gaussians:
    """The settings of the page, as the server would read them."""
    keys = {field.key: name for name, field in Gaussians.fields().items()}
    values = page.evaluate("cfg.state.here().values")
    return Gaussians.of({keys[key]: value for key, value in values.items()})


def test_a_mean_that_is_dragged_takes_its_samples_along_without_a_call(tab):
    page = opened(tab, **POINTS)
    before = array(page, "samples")
    start, to = grip(page, 0), page.evaluate(TO_SCREEN, ["gaussians-stage", 1.5, 2.4])
    drag(page, start, to)
    settled(page)
    assert calls(page) == []
    now, shift = mixture(page), array(page, "samples").mean(1) - before.mean(1)
    assert now.means[0] == pytest.approx([1.5, 2.4], abs=0.06)
    assert now.means[1:] == pytest.approx(np.array([[-1.5528, -0.8965], [1.5528, -0.8965]]))
    assert shift[0][0] > 1  # class A went right with its mean, and C was pushed down by it
    assert shift[2][1] < -0.2
    far = np.linalg.norm(now.means, axis=1).mean()  # what the slider is to say
    assert float(page.locator("#gaussians-separation input[type=number]").input_value()) == pytest.approx(far, abs=1e-3)
    assert separation(page) == pytest.approx(far, abs=1e-4)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("location.search.includes('mix=A_')")
    link = parse_qs(urlsplit(page.url).query)
    assert read_mixture(link["mix"][0]).means == pytest.approx(now.means)


def test_what_the_engine_draws_is_what_the_core_computes(tab):
    page = opened(tab, **POINTS)
    drag(page, grip(page, 1), page.evaluate(TO_SCREEN, ["gaussians-stage", -2.6, 0.4]))
    settled(page)
    s = settings_of(page)
    assert s.mixture
    core = gaussians_sweep(s)
    for w in (-1.0, 0.5, 3.0, 10.0):
        i = int(np.flatnonzero(w == W)[0])
        np.testing.assert_allclose(array(page, "samples", w=w), core["samples"][i], rtol=1e-5, atol=1e-5)
        for name in ("prob_mean", "own_mean", "keep_mean", "keep_A", "own_C", "target_prob", "target_keep"):
            assert float(array(page, name, w=w)) == pytest.approx(float(core[name][i]), abs=2e-4), name
    np.testing.assert_allclose(array(page, "extent"), core["extent"])
    np.testing.assert_allclose(array(page, "log_pxc"), core["log_pxc"], rtol=1e-5, atol=1e-4)


def test_the_rim_stays_under_the_hand_and_stretches_the_class(tab):
    page = opened(tab, **POINTS)
    x, y = 0.0, 1.793
    start = page.evaluate(TO_SCREEN, ["gaussians-stage", x + 1, y])
    to = page.evaluate(TO_SCREEN, ["gaussians-stage", x + 1.6, y + 1.2])
    grip(page, 0)  # until nothing moves any more
    drag(page, start, to)
    settled(page)
    assert calls(page) == []
    cov, out = mixture(page).covs[0], np.array([1.6, 1.2])
    assert out @ np.linalg.solve(cov, out) == pytest.approx(1, rel=0.06)
    assert np.linalg.eigvalsh(cov) == pytest.approx([1, 4], rel=0.08)  # across it is as it was
    assert mixture(page).means[0] == pytest.approx([0, 1.793])


def test_the_wheel_weighs_a_class_and_its_slider_says_so(tab):
    page = opened(tab, **POINTS)
    page.mouse.move(*grip(page, 2))
    for _ in range(3):
        page.mouse.wheel(0, -100)
    page.wait_for_function("cfg.toy.get('gaussians-stage').mixture?.weights[2] > 1.3")
    settled(page)
    assert calls(page) == []
    assert mixture(page).weights[2] / mixture(page).weights[0] == pytest.approx(1.1**3, abs=1e-3)
    assert float(page.locator("#gaussians-c input[type=number]").input_value()) == pytest.approx(1.35)  # on its grid
    assert page.evaluate("scrollY") == 0


def test_a_double_click_adds_a_component_and_delete_takes_it_away_but_never_a_whole_class(tab):
    page = opened(tab, **POINTS)
    grip(page, 0)
    page.mouse.dblclick(*page.evaluate(TO_SCREEN, ["gaussians-stage", 3.0, -2.5]))
    page.wait_for_function("document.querySelectorAll('#gaussians-stage .grab-one').length === 4")
    settled(page)
    added = mixture(page)
    assert list(added.labels) == [0, 1, 2, 2]  # the class that is likeliest there
    assert added.means[3] == pytest.approx([3, -2.5], abs=0.06)
    page.keyboard.press("Delete")
    page.wait_for_function("document.querySelectorAll('#gaussians-stage .grab-one').length === 3")
    page.keyboard.press("Delete")
    page.keyboard.press("Backspace")
    settled(page)
    assert list(mixture(page).labels) == [0, 1, 2]
    assert calls(page) == []


def test_each_of_it_is_done_by_keys_and_said(tab):
    page = opened(tab, **POINTS)
    live = page.locator("#gaussians-stage .stage-live")
    page.locator("#gaussians-stage .grab-one").first.focus()
    wide = page.evaluate(
        "(() => { const {x} = cfg.stage.get('gaussians-stage').panels[0].view; return x[1] - x[0]; })()"
    )
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    settled(page)
    assert mixture(page).means[0] == pytest.approx([wide / 60, 1.793 + wide / 60], abs=1e-3)
    assert re.search(r"class A: mean \(0\.\d+, ", live.text_content()), live.text_content()
    page.keyboard.press("+")
    page.keyboard.press("]")
    settled(page)
    assert mixture(page).weights[0] / mixture(page).weights[1] == pytest.approx(1.1, abs=1e-3)
    assert mixture(page).covs[0] == pytest.approx(1.05**2 * np.eye(2), abs=1e-3)
    for key in (".", "}", "}"):
        page.keyboard.press(key)
    settled(page)
    variances, axes = np.linalg.eigh(mixture(page).covs[0])
    assert variances == pytest.approx([1.05**2, 1.05**4], abs=2e-3)
    long = axes[:, 1] * np.sign(axes[0, 1])
    assert np.degrees(np.arctan2(long[1], long[0])) == pytest.approx(15, abs=0.5)  # two turns of 180/24 degrees
    assert page.evaluate("scrollY") == 0
    page.get_by_role("button", name="Add a component").click()
    page.wait_for_function("document.activeElement.matches('.grab-one:nth-of-type(4)')")
    page.get_by_role("button", name="Reset", exact=True).click()
    settled(page)
    assert mixture(page) is None
    assert float(page.locator("#gaussians-separation input[type=number]").input_value()) == 1.793
    assert calls(page) == []


def test_a_link_opens_the_mixture_again_and_back_and_forward_keep_it(tab):
    text = "A_0_2_0.5_0.2_1_1*B_-2_-1_1_0_1_2*C_2_-1_1_0_1_1*C_0_-3_0.25_0_0.25_0.5"
    page = opened(tab, mix=text, separation=1.9, spread=0.8, b=2, c=1.5, **POINTS)
    assert page.locator("#gaussians-stage .grab-one").count() == 4
    i = int(np.flatnonzero(W == 3.0)[0])
    core = gaussians_sweep(Gaussians(mixture=text, **POINTS))["samples"][i]
    np.testing.assert_allclose(array(page, "samples"), core, rtol=1e-4, atol=1e-4)
    assert page.evaluate("cfg.state.here().values.mix") == text
    assert page.evaluate("cfg.state.go('gaussians', {points: 40, steps: 12})")
    settled(page)
    assert page.locator("#gaussians-stage .grab-one").count() == 3
    assert page.evaluate("([mix]) => cfg.state.go('gaussians', {mix, points: 40, steps: 12})", [text])
    settled(page)
    assert page.locator("#gaussians-stage .grab-one").count() == 4
    far = np.linalg.norm(array(page, "samples") - core, axis=-1).max()
    assert far < 1e-3


def test_the_sliders_move_the_picture_without_a_call_and_act_on_a_mixture(tab):
    page = opened(tab, **POINTS)
    page.evaluate("cfg.frame.actions.settings()")
    slider = page.locator("#gaussians-separation input[type=range]")
    for _ in range(3):
        slider.press("PageUp")
    settled(page)
    far = separation(page)
    assert far == pytest.approx(float(slider.input_value()), abs=1e-4)
    assert far > 1.9
    drag(page, grip(page, 0), page.evaluate(TO_SCREEN, ["gaussians-stage", 1.0, 1.0]))
    settled(page)
    before = mixture(page)
    page.locator("#gaussians-separation input[type=number]").fill("3")
    page.wait_for_function("Math.abs(document.querySelector('#gaussians-stage .stage').dataset.separation - 3) < 0.001")
    settled(page)
    after = mixture(page)
    assert np.linalg.norm(after.means, axis=1).mean() == pytest.approx(3, abs=1e-3)
    ratio = after.means / before.means
    assert ratio == pytest.approx(np.full((3, 2), ratio.mean()), rel=1e-3)  # all scaled alike
    assert calls(page) == []


def test_the_exact_density_follows_a_moment_later_and_says_so(tab):
    page = opened(tab, actual="true", **POINTS)
    page.evaluate("""() => { const {root} = cfg.stage.get('gaussians-stage');
      new MutationObserver(() => { window.late ||= root.dataset.late; }).observe(root, {attributes: true}); }""")
    drag(page, grip(page, 0), page.evaluate(TO_SCREEN, ["gaussians-stage", 1.0, 2.4]))
    settled(page)
    page.wait_for_function(
        """() => {
      const {root, sweep} = cfg.stage.get('gaussians-stage'), toy = cfg.toy.get('gaussians-stage');
      const told = toy.said().mixture === cfg.state.here().values.mix; // of where the hand stopped
      return told && window.late && !root.dataset.late && !Number.isNaN(sweep.arrays.log_actual.data[0]);
    }""",
        timeout=60_000,
    )
    s = settings_of(page)
    core = actual_density_sweep(s, gaussians_sweep(s)["extent"][1])
    shown, exact = array(page, "log_actual", w=3.0), core["log_actual"][7]
    near = exact > exact.max((1, 2), keepdims=True) - 12
    np.testing.assert_allclose(shown[near], exact[near], atol=1e-3)
    np.testing.assert_allclose(array(page, "actual_extent"), core["actual_extent"])
    assert calls(page) == []


def test_a_rule_without_a_table_is_answered_by_the_server(tab):
    page = opened(tab, rule="apg", **POINTS)
    before = array(page, "samples")
    drag(page, grip(page, 0), page.evaluate(TO_SCREEN, ["gaussians-stage", 1.5, 2.4]))
    page.wait_for_function("cfg.state.here().values.mix !== ''", timeout=20_000)
    quiet_after_asking(page)
    assert array(page, "samples")[0].mean(0)[0] > before[0].mean(0)[0] + 1
    i = int(np.flatnonzero(W == 3.0)[0])
    core = gaussians_sweep(settings_of(page))["samples"][i]
    np.testing.assert_allclose(array(page, "samples"), core, rtol=1e-3, atol=1e-2)
    assert "server" in page.locator("#gaussians-stage .stage-caption").inner_text()


def quiet_after_asking(page) -> None:
    page.wait_for_function("!document.querySelector('#gaussians-stage .stage-caption').classList.contains('stale')")
    assert calls(page) != []
    quiet(page)


def test_the_cloud_begins_as_the_noise_and_ends_as_the_samples(tab):
    page = opened(tab, **POINTS)
    clock = page.locator("#gaussians-stage .toy-clock")
    clock.press("Home")
    page.wait_for_function("'cloud' in cfg.stage.get('gaussians-stage').sweep.arrays")
    noise = seeded_noise(0, (3, 40, 2))(0)
    np.testing.assert_allclose(array(page, "cloud", time=0.0), noise, atol=1e-5)
    np.testing.assert_allclose(array(page, "cloud", time=1.0), array(page, "samples", w=3.0), atol=1e-5)
    assert float(array(page, "cloud_lam", time=0.0)) == pytest.approx(-20)
    assert sigma(np.array(-20.0)) > 0.9999  # at the noisy end z is the noise itself
    np.testing.assert_allclose(array(page, "cloud_0", time=1.0), array(page, "samples", w=0.0), atol=1e-5)
    assert page.locator("#gaussians-stage .stage").get_attribute("data-time") == "0"
    page.locator("#gaussians-stage .toy-play").click()
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.time === '1'", timeout=20_000)
    assert page.locator("#gaussians-stage .toy-play").inner_text() == "▶ Noise to data"
    assert calls(page) == []


def test_on_the_score_field_arrows_and_paths_follow_a_class_that_is_dragged(tab):
    page = opened(tab, "field")
    page.wait_for_function("cfg.toy.get('field-stage')?.handles?.items.length === 3")
    page.requests.clear()
    drag(page, grip(page, 0, view="field"), page.evaluate(TO_SCREEN, ["field-stage", 1.5, 2.4]))
    settled(page, "field")
    page.wait_for_timeout(300)
    assert calls(page) == []
    s = Field(mixture=page.evaluate("cfg.state.here().values.mix"))
    core, particle = field_sweep(s), particle_sweep(s)
    at = int(np.flatnonzero(np.isclose(core.axes["lam"], -2))[0])
    for name in ("cond", "push", "log_p", "posterior"):
        np.testing.assert_allclose(array(page, name, "field", lam=-2.0), core[name][at], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(array(page, "trails", "field"), particle["trails"], rtol=1e-3, atol=1e-3)
    place = page.evaluate(TO_SCREEN, ["field-stage", -2.0, 1.0])  # a particle, among the classes as they are now
    page.mouse.click(*place)
    page.wait_for_function("cfg.state.here().values.z1 < -1.9", timeout=20_000)
    page.wait_for_function("Math.abs(cfg.stage.value('field-stage', 'drop')[0] + 2) < 0.1", timeout=20_000)
    z1, z2 = page.evaluate("[cfg.state.here().values.z1, cfg.state.here().values.z2]")
    dropped = particle_sweep(Field(mixture=s.mixture, z1=z1, z2=z2, at=-2.0))
    page.wait_for_function("cfg.stage.get('field-stage').sweep.arrays.trails.data.length > 0")
    page.wait_for_timeout(500)
    np.testing.assert_allclose(array(page, "trails", "field"), dropped["trails"], rtol=1e-3, atol=1e-3)


def test_only_the_handles_keep_a_finger_from_scrolling(tab):
    page = opened(tab, **POINTS)
    touch = "s => getComputedStyle(document.querySelector('#gaussians-stage ' + s)).touchAction"
    assert page.evaluate(touch, ".grab-pad") == page.evaluate(touch, ".grab-halo") == "none"
    assert page.evaluate(touch, "canvas") == "pan-y"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('#gaussians-stage svg.grab')).pointerEvents") == "none"
    )


def test_tables_come_once_for_a_combination_of_the_other_settings(tab):
    page = opened(tab, **POINTS)
    page.evaluate("cfg.frame.actions.settings()")
    page.get_by_role("button", name="More settings").first.click()
    page.wait_for_timeout(800)  # its controls are made when it is opened
    for seed in ("1", "0"):
        page.locator("#gaussians-seed input").fill(seed)
        page.wait_for_function("s => String(cfg.state.here().values.seed) === s", arg=seed)
        if seed == "1":
            quiet(page)  # asked, and answered
        page.wait_for_timeout(500)
        settled(page)
    assert calls(page) == []  # seed 0 was known
    core = gaussians_sweep(Gaussians(**POINTS))["samples"][int(np.flatnonzero(W == 3.0)[0])]
    np.testing.assert_allclose(array(page, "samples", w=3.0), core, rtol=1e-4, atol=1e-4)


def test_a_refinement_that_overtakes_the_whole_sweep_leaves_nothing_half_done(tab):
    page = opened(tab)
    overtaken = """() => new Promise((done) => {
      const toy = cfg.toy.get("gaussians-stage");
      toy.answered = "";
      toy.answer();  // the present w at once, the others in 35 ms, which take longer than 10
      setTimeout(() => { toy.refine(); done(); }, 45);
    })"""
    page.evaluate(overtaken)
    settled(page)


def test_the_walk_that_is_sent_is_small(app):
    from demo.views.gaussians.view import VIEW

    sent = json.loads(VIEW.value(VIEW.drawings[0], Gaussians()))["toy"]
    assert len(json.dumps(sent)) < 40_000
