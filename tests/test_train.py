"""Algorithm 1 and the trainer against regression in closed form, diffusers' velocity and sums written out."""

import copy

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler
from scipy import stats
from torch import nn

from cfg_core.mixture import three_gaussians
from cfg_core.process import PREDICTIONS, HyperbolicSecantLaw, UniformLaw, eps_from_output, target
from cfg_core.train import TrainConfig, Trainer, algorithm1, classification
from cfg_core.train.objective import stratified_lam

NULL = 3


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small are slower on two."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Toy(nn.Module):
    """net(z [N, 2], lam [N], c [N]) -> [N, 2]."""

    def __init__(self, width: int = 32, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embed_class = nn.Embedding(NULL + 1, width)
        self.stem = nn.Linear(2 + 2, width)
        self.hidden = nn.Linear(width, width)
        self.out = nn.Linear(width, 2)

    def forward(self, z, lam, c):
        level = torch.stack([torch.tanh(lam / 4), torch.sigmoid(-lam)], dim=1)
        h = torch.nn.functional.silu(self.stem(torch.cat([z, level], 1)) + self.embed_class(c))
        return self.out(torch.nn.functional.silu(self.hidden(h)))


class Recorder(nn.Module):
    """Keeps what it is called with and answers zero."""

    def forward(self, z, lam, c):
        self.z, self.lam, self.c = z, lam, c
        return torch.zeros_like(z)


class FixedLaw:
    """All the mass at one lam."""

    def __init__(self, lam: float) -> None:
        self.value = lam

    def lam(self, u):
        return np.full(np.shape(u), self.value)


def batches(n: int, generator: torch.Generator):
    """Three Gaussians without cfg_core: classes 0..2, means on a triangle, standard deviation one."""
    c = torch.randint(NULL, (n,), generator=generator)
    angle = np.pi / 2 + 2 * np.pi * c / 3
    mean = 1.793 * torch.stack([angle.cos(), angle.sin()], 1)
    return mean + torch.randn(n, 2, generator=generator), c


def trainer(net: nn.Module | None = None, **settings) -> Trainer:
    config = TrainConfig(**{"steps": 20, "batch": 32, "warmup": 3, "cooldown": 5, "ema": (0.9, 0.5), **settings})
    return Trainer(net or Toy(), algorithm1(UniformLaw(-8, 8), 0.2, NULL), batches, config)


# ---- Algorithm 1 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 1.0])
def test_the_class_is_dropped_with_probability_p_uncond_and_else_kept(p):
    x, c = batches(20_000, torch.Generator().manual_seed(0))
    before, net = c.clone(), Recorder()
    algorithm1(UniformLaw(), p, NULL)(net, (x, c), torch.Generator().manual_seed(1))
    dropped = net.c == NULL
    assert float(dropped.float().mean()) == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 20_000))
    assert torch.equal(net.c[~dropped], before[~dropped])
    assert torch.equal(c, before)
    if 0 < p < 1:  # whether it is dropped does not depend on the class
        table = torch.stack([torch.bincount(before[dropped]), torch.bincount(before[~dropped])]).numpy()
        assert stats.chi2_contingency(table).pvalue > 0.01


@pytest.mark.parametrize("law", [UniformLaw(-6, 6), HyperbolicSecantLaw(-6, 6)], ids=["uniform", "sech"])
def test_z_is_a_draw_of_the_forward_process_at_a_lam_of_the_law(law):
    x, c = batches(4000, torch.Generator().manual_seed(0))
    net = Recorder()
    loss = algorithm1(law, 0.1, NULL)(net, (x, c), torch.Generator().manual_seed(2))
    lam = net.lam.double().numpy()
    knots = np.linspace(-6, 6, 2001)
    cdf = np.concatenate([[0], np.cumsum(law.density((knots[1:] + knots[:-1]) / 2)) * (knots[1] - knots[0])])
    assert stats.kstest(lam, lambda v: np.interp(v, knots, cdf)).pvalue > 0.01
    alpha, sigma = np.sqrt(1 / (1 + np.exp(-lam)))[:, None], np.sqrt(1 / (1 + np.exp(lam)))[:, None]
    eps = (net.z.double().numpy() - alpha * x.double().numpy()) / sigma
    assert stats.kstest(eps.ravel(), "norm").pvalue > 0.01
    assert abs(np.corrcoef(eps[:, 0], lam)[0, 1]) < 0.05
    assert abs(np.corrcoef(eps[:, 0], x[:, 0])[0, 1]) < 0.05
    assert float(loss) == pytest.approx((eps**2).mean(), rel=1e-4)  # the net said zero: ||0 - eps||²


def test_lam_is_stratified_one_draw_in_each_nth_of_the_law():
    law, n = HyperbolicSecantLaw(-9, 9), 500
    lam = stratified_lam(law, n, torch.Generator().manual_seed(0)).double().numpy()
    edges = law.lam(np.linspace(1, 0, n + 1))
    assert (np.histogram(lam, edges)[0] == 1).mean() > 0.99  # float32 may move a draw across an edge
    assert abs(np.corrcoef(lam, np.arange(n))[0, 1]) < 0.15  # in random order


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("lam", [-1.5, 0.0, 2.0])
def test_the_minimiser_on_gaussian_data_is_the_exact_eps(prediction, lam):
    """x|c ~ N(mu_c, s_c²) in one dimension: the best linear output per class is a regression in closed form.

    For a class it is eps* = sigma (z - alpha mu) / (alpha² s² + sigma²); the null class regresses on both classes
    pooled, whose mean and variance are those of the mixture.
    """
    n, mu, s = 60_000, np.array([1.5, -1.0]), np.array([0.5, 1.2])
    g = torch.Generator().manual_seed(0)
    c = torch.randint(2, (n,), generator=g)
    x = torch.from_numpy(mu)[c] + torch.from_numpy(s)[c] * torch.randn(n, generator=g, dtype=torch.float64)
    loss = algorithm1(FixedLaw(lam), 1 / 3, 2, prediction)

    class Line(nn.Module):
        def __init__(self, slopes_and_shifts):
            super().__init__()
            self.table = nn.Parameter(slopes_and_shifts)  # [3 classes, 2]

        def forward(self, z, lam, c):
            slope, shift = (nn.functional.one_hot(c, 3).double() @ self.table).unbind(1)
            return slope[:, None] * z + shift[:, None]

    def gradient(table):
        net = Line(table.reshape(3, 2).clone())
        loss(net, (x[:, None], c), torch.Generator().manual_seed(7)).backward()
        return net.table.grad.flatten()

    at_zero = gradient(torch.zeros(6, dtype=torch.float64))  # the loss is quadratic: one Newton step is the minimum
    hessian = torch.stack([gradient(e) - at_zero for e in torch.eye(6, dtype=torch.float64)])
    best = Line(-torch.linalg.solve(hessian, at_zero).reshape(3, 2))
    a, b = np.sqrt(1 / (1 + np.exp(-lam))), np.sqrt(1 / (1 + np.exp(lam)))
    means, variances = [*mu, mu.mean()], [*s**2, (s**2).mean() + mu.var()]
    z = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    for k in range(3):
        with torch.no_grad():
            out = best(z, None, torch.full((9,), k))
            got = eps_from_output(out, z, torch.full((9,), lam), prediction)[:, 0].numpy()
        want = b * (z[:, 0].numpy() - a * means[k]) / (a**2 * variances[k] + b**2)
        np.testing.assert_allclose(got, want, atol=0.03)


@pytest.mark.parametrize("prediction", PREDICTIONS)
@pytest.mark.parametrize("shape", [(50, 2), (50, 3, 4, 4)])
def test_eps_from_output_inverts_the_target(prediction, shape):
    g = torch.Generator().manual_seed(0)
    x, eps = (torch.randn(shape, generator=g, dtype=torch.float64) for _ in range(2))
    lam = torch.linspace(-15, 15, 50, dtype=torch.float64)
    a, b = (v.reshape(-1, *[1] * (len(shape) - 1)) for v in (torch.sigmoid(lam).sqrt(), torch.sigmoid(-lam).sqrt()))
    got = eps_from_output(target(x, eps, lam, prediction), a * x + b * eps, lam, prediction)
    torch.testing.assert_close(got, eps, rtol=0, atol=1e-8)


def test_the_velocity_is_that_of_diffusers():
    x, eps = torch.randn(2, 40, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    lam = torch.linspace(8, -8, 40, dtype=torch.float64)
    scheduler = DDPMScheduler(trained_betas=np.full(40, 0.1))
    scheduler.alphas_cumprod = torch.sigmoid(lam)
    torch.testing.assert_close(target(x, eps, lam, "v"), scheduler.get_velocity(x, eps, torch.arange(40)))


def test_a_mistake_in_v_weighs_one_plus_exp_minus_lam_times_that_in_eps():
    """Facts §1: at fixed z, ||dv||² = (1 + e^-lam) ||deps||²."""
    lam = torch.linspace(-6, 6, 13, dtype=torch.float64)
    z, out, d = torch.randn(3, 13, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    moved = eps_from_output(out + d, z, lam, "v") - eps_from_output(out, z, lam, "v")
    torch.testing.assert_close((d / moved)[:, 0] ** 2, 1 + torch.exp(-lam))


def test_classification_is_the_smoothed_cross_entropy():
    g = torch.Generator().manual_seed(0)
    x, c = torch.randn(64, 5, generator=g), torch.randint(5, (64,), generator=g)
    got = float(classification(smoothing=0.1)(nn.Identity(), (x, c), g))
    log_p = x.double().numpy() - np.logaddexp.reduce(x.double().numpy(), axis=1, keepdims=True)
    q = 0.9 * np.eye(5)[c.numpy()] + 0.1 / 5
    assert got == pytest.approx(-(q * log_p).sum(1).mean(), rel=1e-6)


def test_a_small_network_learns_the_three_gaussians_by_algorithm_1():
    """After 700 steps both branches are near the exact eps, and their difference points along the exact one."""
    run = trainer(Toy(64), steps=700, batch=512, lr=1e-2, warmup=50, cooldown=400, ema=(0.97,))
    for _ in range(700):
        run.step()
    net, exact = run.averages[0], three_gaussians()
    g = torch.Generator().manual_seed(99)
    x, c = batches(2000, g)
    for lam in (-2.0, 0.0, 2.0):
        a, b = np.sqrt(1 / (1 + np.exp(-lam))), np.sqrt(1 / (1 + np.exp(lam)))
        z = a * x + b * torch.randn(x.shape, generator=g)
        with torch.no_grad():
            level = torch.full((len(z),), lam)
            got_c, got_u = (net(z, level, k).numpy() for k in (c, torch.full_like(c, NULL)))
        eps_c, eps_u = exact.eps_pair(z.numpy(), lam, c.numpy())
        for got, want in ((got_c, eps_c), (got_u, eps_u)):
            assert ((got - want) ** 2).mean() < 0.02
        assert ((got_c - got_u) * (eps_c - eps_u)).sum() > 0.9 * ((eps_c - eps_u) ** 2).sum()


# ---- the loop -------------------------------------------------------------------------------------

needs_muon = pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch.optim.Muon came with torch 2.9")


@pytest.mark.parametrize("muon_lr", [0.0, pytest.param(0.02, marks=needs_muon)])
def test_training_on_after_a_save_is_bit_for_bit_the_run_without_a_stop(muon_lr, tmp_path):
    straight = trainer(muon_lr=muon_lr)
    losses = [straight.step() for _ in range(20)]

    first = trainer(muon_lr=muon_lr)
    halves = [first.step() for _ in range(10)]
    first.save(tmp_path / "state.pt")
    second = trainer(Toy(seed=77), muon_lr=muon_lr)  # another start: all must come from the file
    second.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert second.step_count == 10
    halves += [second.step() for _ in range(10)]

    assert halves == losses
    for a, b in zip([straight.net, *straight.averages], [second.net, *second.averages], strict=True):
        for name, value in a.state_dict().items():
            assert torch.equal(value, b.state_dict()[name]), name


def test_the_same_seed_is_the_same_run_and_another_is_another():
    a, b, other = (trainer(seed=s) for s in (1, 1, 2))
    assert [a.step() for _ in range(5)] == [b.step() for _ in range(5)]
    assert a.step() != other.step()


def test_weight_averages_are_the_weighted_sum_of_all_weights():
    """average_T = sum_t (1 - k_t) prod_{s > t} k_s theta_t + prod k_s theta_0, k_t = min(decay, (1 + t) / (10 + t))."""
    run = trainer()
    path = [copy.deepcopy(run.net.state_dict())]
    for _ in range(20):
        run.step()
        path.append(copy.deepcopy(run.net.state_dict()))
    t = np.arange(1, 21)
    for average, decay in zip(run.averages, (0.9, 0.5), strict=True):
        keep = np.minimum(decay, (1 + t) / (10 + t))
        weights = np.array([keep.prod()] + [(1 - keep[i]) * keep[i + 1 :].prod() for i in range(20)])
        assert weights.sum() == pytest.approx(1)
        for name, value in average.state_dict().items():
            want = sum(w * p[name].double() for w, p in zip(weights, path, strict=True))
            torch.testing.assert_close(value.double(), want, rtol=1e-4, atol=1e-6)


def test_averages_take_no_gradient_and_copy_buffers():
    net = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    run = Trainer(net, classification(), batches, TrainConfig(steps=4, batch=64, warmup=0, cooldown=0))
    for _ in range(4):
        run.step()
    assert not any(p.requires_grad for p in run.averages[0].parameters())
    assert not run.averages[0].training
    assert torch.equal(run.averages[0][1].running_mean, net[1].running_mean)
    assert run.averages[0][1].num_batches_tracked == 4


def test_the_first_step_is_torchs_adamw():
    """The same batch and noise by hand: gradient, then torch.optim.AdamW at the first learning rate of the warm-up."""
    run, net = trainer(lr=1e-2), Toy()
    g = torch.Generator().manual_seed(0)
    loss = algorithm1(UniformLaw(-8, 8), 0.2, NULL)(net, batches(32, g), g)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2 / 4, betas=(0.9, 0.98), weight_decay=0.01)
    loss.backward()
    optimizer.step()
    assert run.step() == float(loss.detach())
    for got, want in zip(run.net.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-6, atol=1e-8)


def test_the_learning_rate_rises_stays_and_falls_to_zero():
    run = trainer(steps=20, warmup=3, cooldown=5, lr=0.01)
    want = [1 / 4, 2 / 4, 3 / 4] + [1.0] * 12 + [5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    assert [run.lr_factor(i) for i in range(20)] == pytest.approx(want)
    assert run.lr_factor(20) == 0
    used = []
    for _ in range(20):
        run.step()
        used.append(run.optimizers[0][0].param_groups[0]["lr"])
    assert used == pytest.approx([0.01 * f for f in want])


def test_no_warmup_and_no_cooldown_is_a_constant_rate():
    run = trainer(steps=7, warmup=0, cooldown=0)
    assert [run.lr_factor(i) for i in range(7)] == [1.0] * 7


@needs_muon
def test_muon_takes_the_hidden_matrices_and_adamw_the_rest():
    run = trainer(muon_lr=0.02)
    (adam, _), (muon, _) = run.optimizers
    before = run.net.hidden.weight.detach().clone()
    assert sum(p.numel() for p in muon.param_groups[0]["params"]) == run.net.hidden.weight.numel()
    assert len(adam.param_groups[0]["params"]) == len(list(run.net.parameters())) - 1
    run.step()
    moved = torch.linalg.svdvals((run.net.hidden.weight - before).detach())
    assert moved[3] > 0.5 * moved[0]  # orthogonalised: the leading singular values are about equal


@needs_muon
@pytest.mark.parametrize("nesterov", [True, False])
def test_muon_of_a_shape_at_a_time_is_torchs(nesterov):
    from cfg_core.train.muon import Muon

    g = torch.Generator().manual_seed(0)
    shapes = [(8, 24), (24, 8), (8, 24), (6, 6), (8, 24)]
    starts = [torch.randn(shape, generator=g) for shape in shapes]
    settings = {"lr": 0.02, "momentum": 0.95, "nesterov": nesterov, "ns_steps": 5, "weight_decay": 0.1}
    ours, theirs = ([nn.Parameter(s.clone()) for s in starts] for _ in range(2))
    optimizers = Muon(ours, **settings), torch.optim.Muon(theirs, **settings)
    for step in range(4):
        for i, shape in enumerate(shapes):
            gradient = None if (step, i) == (1, 2) else torch.randn(shape, generator=g)  # one has none, once
            ours[i].grad, theirs[i].grad = gradient, None if gradient is None else gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
    for mine, other, start in zip(ours, theirs, starts, strict=True):
        assert (mine - other).abs().max() < 0.02 * (other - start).abs().max()  # bfloat16 within
    mine, other = (o.state_dict()["state"] for o in optimizers)
    torch.testing.assert_close([mine[i] for i in range(5)], [other[i] for i in range(5)])


def test_a_state_of_another_kind_of_device_goes_on_with_draws_of_its_own():
    first = trainer()
    for _ in range(3):
        first.step()
    state = first.state_dict()
    state["generator"] = state["generator"][:16]  # as a GPU's is
    again = [trainer(Toy(seed=i)) for i in range(2)]
    for run in again:
        run.load_state_dict(state)
        assert run.step_count == 3
    assert again[0].step() == again[1].step()


def test_a_compiled_network_is_trained_to_the_same_weights(monkeypatch):
    compile = torch.compile  # by a backend that needs no C++ compiler and no half minute
    monkeypatch.setattr(torch, "compile", lambda net, mode: compile(net, backend="aot_eager"))
    plain, compiled = trainer(), trainer(compiled=True)
    assert [compiled.step() for _ in range(5)] == pytest.approx([plain.step() for _ in range(5)], rel=1e-4)
    torch.testing.assert_close(compiled.state_dict()["net"], plain.state_dict()["net"], rtol=1e-3, atol=1e-5)


def test_a_save_that_is_cut_leaves_the_old_file_whole(tmp_path, monkeypatch):
    run, path = trainer(), tmp_path / "state.pt"
    run.step()
    run.save(path)
    run.step()

    def cut(state, to):
        to.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", cut)
    with pytest.raises(KeyboardInterrupt):
        run.save(path)
    assert torch.load(path, weights_only=True)["step"] == 1


# ---- bad input ------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_stops_the_run_with_the_step():
    run = Trainer(Toy(), lambda net, batch, g: net.out.bias.sum() * torch.nan, batches, TrainConfig(batch=4))
    before = copy.deepcopy(run.net.state_dict())
    with pytest.raises(FloatingPointError, match="not finite at step 0"):
        run.step()
    assert all(torch.equal(v, before[k]) for k, v in run.net.state_dict().items())


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_p_uncond_outside_its_bounds_is_refused(p):
    with pytest.raises(ValueError, match=r"p_uncond must lie in \[0, 1\]"):
        algorithm1(UniformLaw(), p, NULL)


def test_an_unknown_prediction_is_refused_with_the_names():
    x = torch.zeros(2, 2)
    for call in (eps_from_output, lambda *a: target(a[0], a[1], a[2], a[3])):
        with pytest.raises(ValueError, match="prediction must be one of eps, v, x"):
            call(x, x, torch.zeros(2), "score")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps and batch must be >= 1"),
        ({"batch": 0}, "steps and batch must be >= 1"),
        ({"steps": 10, "cooldown": 11}, "cooldown must lie in"),
        ({"cooldown": -1}, "cooldown must lie in"),
        ({"lr": 0.0}, "lr must lie in"),
        ({"lr": float("nan")}, "lr must lie in"),
        ({"muon_lr": 1.0}, "muon_lr in"),
    ],
)
def test_settings_outside_their_bounds_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**settings)
