"""Samplers against closed forms (a Gaussian marginal), diffusers' schedulers and scipy's ODE solver."""

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler
from scipy.integrate import solve_ivp

from cfg_core.guidance import guided
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.process import lam_grid
from cfg_core.samplers import SAMPLERS, ancestral, final, seeded_noise, walk
from tests.oracles import GaussianMarginal, alpha2, ode_law, raw_mixture, sde_law, sigma2

ODE = ["ddim", "heun", "dpmpp_2m"]
GAUSS = GaussianMarginal()


def no_noise(i):
    raise AssertionError("an ODE sampler that starts from given points asked for noise")


# ---- closed forms ---------------------------------------------------------------------------------


def affine_law(sampler: str, w: float, steps: int, c: float = 1.0) -> tuple[float, float]:
    """Mean and variance, exactly: on a Gaussian marginal the sample is affine in z0, so two starts give the map."""
    two = np.array([[0.0], [1.0]])
    out = final(walk(sampler, guided(GAUSS, c, w), lam_grid(steps), no_noise, start=two))[:, 0]
    return out[0], (out[1] - out[0]) ** 2


def impulse_law(w: float, steps: int, v: float) -> tuple[float, float]:
    """Mean and variance of ancestral sampling, exactly and without a draw.

    The sample is affine in z0 and in each step's noise. Particle i gets a one in noise i and no other noise, the last
    particle none at all: variance = sum of squared responses.
    """
    noise = lambda i: np.eye(steps + 2, 1, -i)
    out = final(walk("ancestral", guided(GAUSS, 1.0, w), lam_grid(steps), noise, v=v))[:, 0]
    return out[-1], ((out[:-1] - out[-1]) ** 2).sum()


@pytest.mark.parametrize(("w", "mean", "variance"), [(1, 1.6232, 0.5), (2, 2.0, 0.25), (0, 1.0, 1.0), (-1, 0.0, 2.0)])
def test_heun_reaches_the_numbers_of_the_notes(w, mean, variance):
    """Facts §4, and with them the closed form that the next tests compare with."""
    assert affine_law("heun", w, 400) == pytest.approx((mean, variance), abs=1.5e-4)
    assert affine_law("heun", w, 400) == pytest.approx(ode_law(w), abs=1.5e-4)


@pytest.mark.parametrize("w", [-1, 0, 1, 2, 4])
@pytest.mark.parametrize(
    ("sampler", "steps", "tolerance"), [("heun", 300, 2e-4), ("dpmpp_2m", 800, 2e-4), ("ddim", 3000, 2e-3)]
)
def test_ode_samplers_reach_the_closed_form_of_guidance(w, sampler, steps, tolerance):
    """What is left beyond the step error is the lam range: alpha(-20) = sigma(20) = 4.5e-5."""
    assert affine_law(sampler, w, steps) == pytest.approx(ode_law(w), abs=tolerance)


@pytest.mark.parametrize("w", [-1, 0, 1, 2, 4])
@pytest.mark.parametrize("v", [0.0, 0.3, 1.0])
def test_ancestral_sampling_reaches_the_closed_form_of_the_sde_for_every_v(w, v):
    """Extrapolated to no step size from 300 and 600 steps."""
    coarse, fine = np.array(impulse_law(w, 300, v)), np.array(impulse_law(w, 600, v))
    want = np.array([(1, 1), (0, 2)][int(w == -1)] if w <= 0 else sde_law(w))
    assert 2 * fine - coarse == pytest.approx(want, abs=4e-4)
    assert np.abs(fine - want).max() < np.abs(coarse - want).max() + 1e-8  # v = 1 is exact at w = 0


def test_the_mean_is_proportional_to_the_class():
    mean, variance = affine_law("heun", 2.0, 100, c=-3.0)
    assert (mean / -3, variance) == pytest.approx(affine_law("heun", 2.0, 100), rel=1e-4)


# Facts §4, the figure's geometry: w -> mean_y, sd_x, sd_y of the class at the top.
TABLE_ANCESTRAL = {1: (2.34, 0.92, 0.83), 4: (2.85, 0.90, 0.78), 10: (3.21, 0.89, 0.78)}
TABLE_ODE = {1: (2.62, 0.84, 0.72), 4: (3.85, 0.73, 0.55), 10: (5.28, 0.69, 0.47)}


def test_ode_samples_of_three_gaussians_have_the_moments_of_the_table():
    """The law of z0 by quadrature on a grid, so that nothing is random."""
    axis = np.linspace(-6, 6, 97)
    z0 = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    q = np.exp(-(z0**2).sum(1) / 2)
    q /= q.sum()
    for w, (mean_y, sd_x, sd_y) in TABLE_ODE.items():
        x = final(walk("heun", guided(three_gaussians(), 0, w), lam_grid(128), no_noise, start=z0))
        mean = q @ x
        sd = np.sqrt(q @ (x - mean) ** 2)
        assert mean == pytest.approx([0, mean_y], abs=0.008)
        assert sd == pytest.approx([sd_x, sd_y], abs=0.008)


def test_ancestral_samples_of_three_gaussians_have_the_moments_of_the_table():
    """10 000 points, 1000 steps: the error of a standard deviation is 0.006 from the draw, 0.005 from the step."""
    ws = np.array(list(TABLE_ANCESTRAL), dtype=float)[:, None]
    noise = seeded_noise(0, (10_000, 2))
    start = np.broadcast_to(noise(0), (3, 10_000, 2))
    eps = guided(three_gaussians(), 0, ws)
    x = final(walk("ancestral", eps, lam_grid(1000), noise, v=0.0, start=start))
    for i, (mean_y, sd_x, sd_y) in enumerate(TABLE_ANCESTRAL.values()):
        assert x[i].mean(0) == pytest.approx([0, mean_y], abs=0.02)
        assert x[i].std(0) == pytest.approx([sd_x, sd_y], abs=0.02)


# ---- diffusers ------------------------------------------------------------------------------------


def mixture() -> GaussianMixture:
    return GaussianMixture(*raw_mixture(31, 2, 3, 2).args())


@pytest.mark.parametrize(("v", "variance_type"), [(0.0, "fixed_small"), (1.0, "fixed_large")])
@pytest.mark.parametrize("clip", [None, 1.5])
def test_ancestral_sampling_is_diffusers_ddpm_step_by_step(v, variance_type, clip):
    lams = lam_grid(30, -9, 9)
    z0 = np.random.default_rng(3).standard_normal((7, 2))
    eps = guided(mixture(), 1, 2.0)

    scheduler = DDPMScheduler(
        trained_betas=np.full(31, 0.1),
        variance_type=variance_type,
        clip_sample=clip is not None,
        clip_sample_range=clip or 1.0,
    )
    scheduler.alphas_cumprod = torch.from_numpy(alpha2(lams[::-1].copy()))  # t = 0 is clean
    generator, z, theirs = torch.Generator().manual_seed(5), torch.from_numpy(z0), []
    for t in range(30, -1, -1):
        e = torch.from_numpy(eps(z.numpy(), float(lams[30 - t])))
        step = scheduler.step(e, t, z, generator=generator)
        theirs.append((z, step.pred_original_sample))
        z = step.prev_sample

    same = torch.Generator().manual_seed(5)
    draws = [torch.randn(7, 2, generator=same, dtype=torch.float64).numpy() for _ in range(30)]
    ours = list(ancestral(eps, z0, lams, noise=lambda i: draws[i - 1], v=v, clip=clip))
    assert len(ours) == 31
    for step, (z_want, x_want) in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(step.z, z_want, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(step.x, x_want, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours[-1].x, z, rtol=1e-8, atol=1e-8)  # their last step lands on x^


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("dpmpp_2m", 2)])
@pytest.mark.parametrize("law", ["uniform", "hyperbolic secant"])
def test_multistep_samplers_are_diffusers_dpm_solver(sampler, order, law):
    """Same lams, so the same sigmas (they work in float32, hence the tolerance); first and last step of order one."""
    lams = lam_grid(24, -7, 7, law)
    z0 = np.random.default_rng(3).standard_normal((7, 2))
    eps = guided(mixture(), 1, 2.0)
    scheduler = DPMSolverMultistepScheduler(
        algorithm_type="dpmsolver++", solver_order=order, solver_type="midpoint", euler_at_final=True
    )
    scheduler.set_timesteps(24)
    scheduler.sigmas = torch.from_numpy(np.exp(-lams / 2))  # sigma / alpha
    z = torch.from_numpy(z0)
    ours = list(walk(sampler, eps, lams, no_noise, start=z0))
    for step, t in zip(ours, scheduler.timesteps, strict=False):
        np.testing.assert_allclose(step.z, z.numpy(), rtol=1e-4, atol=1e-5)
        z = scheduler.step(torch.from_numpy(eps(z.numpy(), step.lam)), t, z).prev_sample
    np.testing.assert_allclose(ours[-1].z, z.numpy(), rtol=1e-4, atol=1e-5)


# ---- order of convergence -------------------------------------------------------------------------


def exact_ode(w: float, c: float, lam_min: float, lam_max: float, z0: float) -> float:
    """x^ at lam_max of dz/dlam = (sigma² z - sigma eps~) / 2 on the Gaussian marginal, by scipy's DOP853."""

    def eps(lam, z):
        a, s = np.sqrt(alpha2(lam)), np.sqrt(sigma2(lam))
        return (1 + w) * s * (z - a * c) - w * s * z / (1 + a * a)

    def slope(lam, z):
        return 0.5 * (sigma2(lam) * z - np.sqrt(sigma2(lam)) * eps(lam, z))

    z = solve_ivp(slope, (lam_min, lam_max), [z0], "DOP853", rtol=1e-12, atol=1e-13).y[0, -1]
    return (z - np.sqrt(sigma2(lam_max)) * eps(lam_max, z)) / np.sqrt(alpha2(lam_max))


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("heun", 2), ("dpmpp_2m", 2)])
@pytest.mark.parametrize("law", ["uniform", "hyperbolic secant"])
def test_order_of_convergence(sampler, order, law):
    z0, errors = np.array([[-1.2], [0.4], [2.0]]), []
    want = np.array([exact_ode(2.0, 0.8, -6, 6, float(z[0])) for z in z0])
    for steps in (128, 256, 512):
        x = final(walk(sampler, guided(GAUSS, 0.8, 2.0), lam_grid(steps, -6, 6, law), no_noise, start=z0))
        errors.append(np.abs(x[:, 0] - want).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx([order, order], abs=0.15)


RATES = {"euler": (0.75, 0.95), "ddim": (0.97, 1.03), "heun": (1.9, 2.1), "dpmpp_2m": (1.65, 2.0)}


@pytest.mark.parametrize("sampler", RATES)
@pytest.mark.parametrize("w", [0.0, 1.0, 3.0, 8.0])
def test_rate_of_convergence_on_the_default_grid(sampler, w):
    """Its steps in lam do not get small at the ends as fast as within: two samplers that step in lam feel it."""
    z0, errors = np.array([[-1.2], [0.4], [2.0]]), []
    want = np.array([exact_ode(w, 0.8, -20, 20, float(z[0])) for z in z0])
    for steps in (512, 1024):
        x = final(walk(sampler, guided(GAUSS, 0.8, w), lam_grid(steps), no_noise, start=z0))
        errors.append(np.abs(x[:, 0] - want).max())
    low, high = RATES[sampler]
    assert low < np.log2(errors[0] / errors[1]) < high


@pytest.mark.parametrize("v", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("w", [1.0, 3.0, 8.0])
def test_ancestral_sampling_is_of_first_order_in_mean_and_variance_on_the_default_grid(w, v):
    coarse, fine = (np.abs(np.array(impulse_law(w, steps, v)) - sde_law(w)) for steps in (256, 512))
    assert np.log2(coarse / fine) == pytest.approx([1, 1], abs=0.06)


def test_all_ode_samplers_agree_on_a_mixture_with_small_steps():
    z0 = np.random.default_rng(0).standard_normal((50, 2))
    eps = guided(mixture(), 2, 3.0)
    lams = lam_grid(2000, -12, 12)
    x = {name: final(walk(name, eps, lams, no_noise, start=z0)) for name in ODE}
    np.testing.assert_allclose(x["dpmpp_2m"], x["heun"], atol=1e-3)
    np.testing.assert_allclose(x["ddim"], x["heun"], atol=3e-2)


# ---- the interface --------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_sampler_yields_each_step_at_its_lam_and_predicts_x_from_it(sampler):
    lams = lam_grid(12, -5, 5)
    eps = guided(GAUSS, 1.0, 2.0)
    noise = seeded_noise(0, (4, 1))
    steps = list(walk(sampler, eps, lams, noise))
    assert [s.lam for s in steps] == lams.tolist()
    np.testing.assert_array_equal(steps[0].z, noise(0))
    for s in steps:
        x = (s.z - np.sqrt(sigma2(s.lam)) * eps(s.z, s.lam)) / np.sqrt(alpha2(s.lam))
        np.testing.assert_allclose(s.x, x, rtol=1e-12)
    np.testing.assert_array_equal(final(iter(steps)), steps[-1].x)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_point_i_is_the_same_point_at_each_w(sampler):
    """A sweep over w in one call equals the calls one by one from the same seed."""
    ws, noise, model = np.array([-1.0, 0.0, 1.0, 7.0]), seeded_noise(9, (20, 2)), mixture()
    start = np.broadcast_to(noise(0), (4, 20, 2))
    sweep = list(walk(sampler, guided(model, 1, ws[:, None]), lam_grid(16), noise, start=start))
    for i, w in enumerate(ws):
        alone = list(walk(sampler, guided(model, 1, w), lam_grid(16), noise))
        np.testing.assert_allclose(sweep[-1].x[i], alone[-1].x, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(sweep[7].z[i], alone[7].z, rtol=1e-9, atol=1e-9)


def test_noise_is_a_pure_function_of_seed_and_step_and_grows_with_the_count():
    a, b = seeded_noise(4, (10, 2)), seeded_noise(4, (25, 2))
    np.testing.assert_array_equal(a(3), a(3))
    np.testing.assert_array_equal(a(3), b(3)[:10])  # more points: the first ones stay
    assert np.abs(a(3) - a(4)).min() > 0
    assert np.abs(a(3) - seeded_noise(5, (10, 2))(3)).min() > 0
    many = np.concatenate([seeded_noise(s, (1000,))(i) for s in range(4) for i in range(5)])
    assert abs(many.mean()) < 0.03
    assert abs(many.std() - 1) < 0.03


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("clip", [None, 1.0])
def test_torch_and_numpy_give_the_same_samples(sampler, clip):
    eps, lams, noise = guided(GAUSS, 0.7, 3.0), lam_grid(20), seeded_noise(2, (30, 1))
    on_numpy = final(walk(sampler, eps, lams, noise, v=0.3, clip=clip))
    on_torch = final(walk(sampler, eps, lams, lambda i: torch.from_numpy(noise(i)), v=0.3, clip=clip))
    assert on_torch.dtype == torch.float64
    np.testing.assert_allclose(on_torch.numpy(), on_numpy, rtol=1e-9, atol=1e-9)
    single = final(walk(sampler, eps, lams, lambda i: torch.from_numpy(noise(i)).float(), v=0.3, clip=clip))
    assert single.dtype == torch.float32


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_clipping_bounds_every_predicted_x(sampler):
    eps, noise = guided(GAUSS, 3.0, 5.0), seeded_noise(2, (30, 1))
    free = list(walk(sampler, eps, lam_grid(20), noise))
    clipped = list(walk(sampler, eps, lam_grid(20), noise, clip=2.5))
    assert max(np.abs(s.x).max() for s in free) > 2.5
    assert max(np.abs(s.x).max() for s in clipped) <= 2.5
    wide = list(walk(sampler, eps, lam_grid(20), noise, clip=1e9))
    np.testing.assert_allclose(wide[-1].x, free[-1].x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("sampler", "tolerance"), [("ddim", 1e-12), ("dpmpp_2m", 1e-12), ("heun", 1e-3)])
def test_a_clip_that_always_binds_makes_eps_the_one_that_leads_to_the_clipped_x(sampler, tolerance):
    """x^ is the constant b, so eps = (z - alpha b) / sigma is constant too and the path is known."""
    lams, z0, b = lam_grid(60, -6, 4), np.array([[-1.0], [0.3], [2.0]]), 0.5
    steps = list(walk(sampler, guided(GAUSS, 1e6, 0.0), lams, no_noise, clip=b, start=z0))
    e = (z0 - np.sqrt(alpha2(-6.0)) * b) / np.sqrt(sigma2(-6.0))
    for s in steps:
        want = np.sqrt(alpha2(s.lam)) * b + np.sqrt(sigma2(s.lam)) * e
        np.testing.assert_allclose(s.z, want, rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(s.x, b)


# ---- bad input ------------------------------------------------------------------------------------


def test_an_unknown_sampler_is_refused_with_the_names():
    with pytest.raises(ValueError, match="sampler must be one of ancestral, ddim, heun, dpmpp_2m"):
        walk("magic", guided(GAUSS, 1.0, 0.0), lam_grid(4), seeded_noise(0, (1, 1)))


@pytest.mark.parametrize("seed", [-1, 2**32, 10**30])
def test_a_seed_outside_its_bounds_is_refused(seed):
    with pytest.raises(ValueError, match="seed must lie in"):
        seeded_noise(seed, (1,))


@pytest.mark.parametrize("lams", [[], [0.0], [0.0, 0.0], [1.0, -1.0], [-1.0, 1.0, 0.5]])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_lams_that_do_not_increase_are_refused(sampler, lams):
    with pytest.raises(ValueError, match="at least two increasing values, all finite"):
        final(walk(sampler, guided(GAUSS, 1.0, 0.0), lams, seeded_noise(0, (1, 1))))


@pytest.mark.parametrize("lams", [[np.nan, 1.0], [0.0, np.nan, 1.0], [0.0, np.nan], [-np.inf, 0.0], [0.0, np.inf]])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_lams_that_are_not_finite_are_refused(sampler, lams):
    with pytest.raises(ValueError, match="at least two increasing values, all finite"):
        final(walk(sampler, guided(GAUSS, 1.0, 0.0), lams, seeded_noise(0, (1, 1))))


@pytest.mark.parametrize("v", [-0.1, 1.1, np.nan])
def test_ancestral_sampling_refuses_v_outside_its_bounds(v):
    with pytest.raises(ValueError, match=r"v must lie in \[0, 1\]"):
        final(walk("ancestral", guided(GAUSS, 1.0, 0.0), lam_grid(4), seeded_noise(0, (1, 1)), v=v))
