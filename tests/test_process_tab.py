"""The process tab against conditioning of a joint Gaussian, the training objective, scipy, and a browser."""

import json

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from cfg_core.process import LAWS, amplification, eps_from_output, loss_weights, target, v_target, x_from_eps
from demo.views.process.compute import HALF, LAM, LAM_CLOUD, V, law_sweep, step_sweep
from demo.views.process.compute import along as along_sweep
from demo.views.process.settings import Process
from tests.calling import call
from tests.pages import show_part
from tests.test_app import quiet

ALONG, STEP = range(2)  # the view's drawings


def step(noisier: float = -1, cleaner: float = 1, x: float = 1, eps: float = -0.6) -> Process:
    return Process(noisier=noisier, cleaner=cleaner, x=x, eps=eps)


STEPS = [step(), step(-6, 4, 2, 0.3), step(0.9, 1.0, -1.5, -2), step(-9, 9, 3, 1)]


@pytest.fixture(scope="module")
def along():
    return along_sweep(Process())


def row(lam: float) -> int:
    return int(np.argmin(np.abs(LAM - lam)))


def test_the_sentence_at_lam_minus_2(along):
    numbers = [float(along[name][row(-2)]) for name in ("alpha", "sigma", "snr")]
    assert [f"{x:.3g}" for x in numbers] == ["0.345", "0.939", "0.135"]


def test_the_particle_is_the_sum_of_its_parts_and_ends_at_x_and_eps(along):
    np.testing.assert_allclose(along["part_x"] + along["part_eps"], along["particle"], atol=1e-15)
    np.testing.assert_allclose(along["particle"][-1], [0.3, 2.1], atol=0.02)
    np.testing.assert_allclose(along["particle"][0], [1.2, -0.8], atol=0.03)


def test_v_is_the_velocity_of_z_in_the_angle():
    x, eps, h = np.array([0.3, 2.1]), np.array([1.2, -0.8]), 1e-6
    for theta in (0.1, 0.7, 1.4):
        place = [np.cos(a) * x + np.sin(a) * eps for a in (theta - h, theta + h)]
        lam = 2 * np.log(np.cos(theta) / np.sin(theta))
        np.testing.assert_allclose(v_target(x, eps, lam), (place[1] - place[0]) / (2 * h), rtol=1e-8)


@pytest.mark.parametrize("kind", ["eps", "x", "v"])
@pytest.mark.parametrize("lam", [-7.0, -2.0, 0.0, 3.5])
def test_weights_and_amplification_are_those_of_the_training_objective(kind, lam):
    import torch

    generator = torch.Generator().manual_seed(0)
    x, eps, error = torch.randn(3, 4, 2, generator=generator, dtype=torch.float64)
    level = torch.full((4,), lam, dtype=torch.float64)
    z = torch.sigmoid(level[:, None]).sqrt() * x + torch.sigmoid(-level[:, None]).sqrt() * eps
    wanted = target(x, eps, level, kind)
    wrong = eps_from_output(wanted + error, z, level, kind) - eps  # the error of eps that this error means
    ratio = float((error**2).mean() / (wrong**2).mean())
    assert float(loss_weights(lam)[kind]) == pytest.approx(ratio, rel=1e-9)
    shift = x_from_eps(z.numpy(), lam, (eps + wrong).numpy()) - x.numpy()
    gain = np.abs(shift).max() / np.abs(error.numpy()).max()
    assert float(amplification(lam)[kind]) == pytest.approx(gain, rel=1e-9)


def test_the_map_is_the_noised_mixtures_density(along):
    angles = np.pi / 2 + 2 * np.pi * np.arange(3) / 3
    at = -HALF + 2 * HALF * (np.array([12, 30]) + 0.5) / 40  # y of row 12, x of column 30
    for i in (10, 22, 40):
        alpha = np.sqrt(1 / (1 + np.exp(-LAM_CLOUD[i])))
        means = 1.793 * alpha * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        p = np.mean([stats.multivariate_normal(m, np.eye(2)).pdf(at[::-1]) for m in means])
        assert along["log_p"][i, 12, 30] == pytest.approx(np.log(p), rel=1e-9)


def test_the_cloud_keeps_its_noise_along_lam(along):
    cloud = along["cloud"]
    alpha, sigma = (np.sqrt(1 / (1 + np.exp(sign * LAM_CLOUD))) for sign in (-1, 1))
    basis = np.stack([alpha, sigma], axis=1)  # every coordinate is one combination of the two for all lam
    _, left, *_ = np.linalg.lstsq(basis, cloud.reshape(len(LAM_CLOUD), -1), rcond=None)
    assert left.max() < 1e-20


# ---- laws -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(LAWS))
@pytest.mark.parametrize("limits", [(-20.0, 20.0), (-4.0, 9.0)])
def test_draws_follow_the_law_and_the_law_its_density(name, limits):
    law = LAWS[name](*limits)
    for lam in (-3.0, 0.0, 2.5):
        assert law.cdf(lam) == pytest.approx(quad(law.density, limits[0], lam, points=[0], limit=200)[0], abs=1e-7)
    draws = law.sample(4000, np.random.default_rng(1))
    assert stats.kstest(draws, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", list(LAWS))
def test_the_histogram_is_of_the_law_that_is_drawn_over_it(name):
    sweep = law_sweep(Process(law=name, lam_min=-6, lam_max=8, points=20_000, seed=3))
    hist, curve = sweep["hist"], sweep[f"curve_{name}"]
    assert np.trapezoid(hist[:, 1], hist[:, 0]) == pytest.approx(1, abs=1e-9)
    centre, width = (hist[1:-1:2, 0] + hist[2::2, 0]) / 2, 14 / 60
    counts = 20_000 * width * hist[1:-1:2, 1]
    expected = 20_000 * width * np.interp(centre, curve[:, 0], curve[:, 1])
    assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 1e-3
    assert float(sweep["drawn"]) == pytest.approx(float(sweep["expected"]), abs=0.02)


def test_the_secant_law_spends_more_than_half_of_its_draws_where_the_uniform_spends_a_tenth():
    assert float(law_sweep(Process())["expected"]) == pytest.approx(0.551, abs=1e-3)
    assert float(law_sweep(Process(law="uniform"))["expected"]) == pytest.approx(0.1)


# ---- one step ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", STEPS)
def test_there_and_back_are_conditionals_of_one_joint_gaussian(s):
    alpha = {lam: 1 / np.sqrt(1 + np.exp(-lam)) for lam in (s.noisier, s.cleaner)}
    a, a_ = alpha[s.noisier], alpha[s.cleaner]
    # given x: z_ = a_ x + noise of variance 1 - a_², z = (a/a_) z_ + what brings its variance to 1 - a²
    cross = a / a_ * (1 - a_**2)
    cov = np.array([[1 - a_**2, cross], [cross, 1 - a**2]])
    mean = np.array([a_, a]) * s.x
    sweep = step_sweep(s)
    z, z_ = float(sweep["z"]), float(sweep["z_"])
    assert (z, z_) == pytest.approx(
        (a * s.x + np.sqrt(1 - a**2) * s.eps, a_ * s.x + np.sqrt(1 - a_**2) * s.eps), rel=1e-6
    )
    there = mean[1] + cov[1, 0] / cov[0, 0] * (z_ - mean[0])
    assert float(sweep["forward_mean"]) == pytest.approx(there, rel=1e-6, abs=1e-9)
    assert float(sweep["forward_var"]) == pytest.approx(cov[1, 1] - cross**2 / cov[0, 0], rel=1e-6)
    back = mean[0] + cross / cov[1, 1] * (z - mean[1])
    assert float(sweep["back_mean"]) == pytest.approx(back, rel=1e-6)
    assert float(sweep["back_var"]) == pytest.approx(cov[0, 0] - cross**2 / cov[1, 1], rel=1e-6)


@pytest.mark.parametrize("s", STEPS)
def test_the_reverse_variance_is_a_line_in_the_logarithm_between_its_bounds(s):
    sweep = step_sweep(s)
    log = np.log(sweep["reverse_var"])
    np.testing.assert_allclose(log, np.interp(V, [0, 1], [log[0], log[-1]]), rtol=1e-9, atol=1e-9)
    assert np.exp(log[[0, -1]]) == pytest.approx([float(sweep["back_var"]), float(sweep["forward_var"])])
    x, y = sweep["reverse"][15].T
    assert np.trapezoid(y, x) == pytest.approx(1, abs=2e-6)
    assert np.trapezoid(x * y, x) == pytest.approx(float(sweep["back_mean"]), abs=1e-5)


# ---- bounds and the page ----------------------------------------------------------------------------------------


def test_an_empty_range_and_steps_the_wrong_way_are_refused():
    with pytest.raises(ValueError, match="lam min must be below lam max"):
        Process(lam_min=0, lam_max=0)
    for wrong in ((1, -1), (1, 1), (1, 1.04)):
        with pytest.raises(ValueError, match="lam must be below lam'"):
            step(*wrong)


def test_the_api_answers_and_refuses(served):
    scene = json.loads(call(served, "process", ALONG)["data"][0])["scene"]
    assert len(scene["panels"]) == 6
    assert call(served, "process", ALONG, law="cosine")["data"][1].startswith("⚠ law must be one of")
    assert call(served, "process", STEP, noisier=2, cleaner=1)["data"][1].startswith("⚠ lam must be below")


def test_scrubbing_lam_and_v_tells_the_numbers_without_a_request(tab):
    page = tab("Process", query="?tab=process&v=0.5&lam_cleaner=1")
    show_part(page, "process", "step")
    step = "document.querySelector('#process-step-stage .stage-caption').innerText"
    page.wait_for_function(f"{step}.includes('v = 0.5')")
    quiet(page)
    page.locator("#process-v input[type=number]").fill("0.8")
    page.locator("#process-v input[type=number]").press("Enter")
    low, high = (float(step_sweep(Process())[name]) for name in ("back_var", "forward_var"))
    page.wait_for_function(f"{step}.includes('v = 0.8')")
    assert f"variance {low**0.2 * high**0.8:.3g}" in page.locator("#process-step-stage .stage-caption").inner_text()
    show_part(page, "process", "particle")
    words = page.locator("#process-stage .stage-caption")
    assert "At lam = −2: alpha = 0.345, sigma = 0.939, signal-to-noise ratio e^lam = 0.135." in words.inner_text()
    page.locator("#process-lam input[type=number]").fill("1.3")
    page.locator("#process-lam input[type=number]").press("Enter")
    page.wait_for_function("document.querySelector('#process-stage .stage').dataset.lam === '1.3'")
    alpha = 1 / np.sqrt(1 + np.exp(-1.3))
    assert f"alpha = {alpha:.3g}, sigma = {np.sqrt(1 - alpha**2):.3g}" in words.inner_text()
    z = page.evaluate("cfg.stage.value('process-stage', 'particle')")
    assert z == pytest.approx(alpha * np.array([0.3, 2.1]) + np.sqrt(1 - alpha**2) * np.array([1.2, -0.8]), abs=1e-5)
    assert page.requests == []
    show_part(page, "process", "weights")
    page.evaluate("cfg.frame.actions.settings()")
    page.get_by_label("uniform").check()
    page.wait_for_function("document.querySelector('#process-stage .stage').dataset.loads === '2'", timeout=20_000)
    assert "by the law 10.0 %" in words.inner_text()
