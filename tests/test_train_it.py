"""What the tab "Train it" shows of a network, measured: errors, losses, runs that go on, points of one's own."""

import contextlib
import io

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture as Fitted

from cfg_core.commands.toy_networks import eps_error
from cfg_core.fit import RIDGE, Points, fit_mixture
from cfg_core.mixture import three_gaussians
from cfg_core.nets.network import Network
from cfg_core.nets.toys import PLAIN_STEPS, load_plain, plain_loss
from cfg_core.process import LAWS
from cfg_core.train import loss_curve
from cfg_core.train.objective import least_loss
from demo.views.train_it.learning import LAMS, Session, branch_errors, learned_sweep, overall, toy_truth
from demo.views.train_it.settings import TrainIt
from demo.views.train_it.table_file import read_table

SECANT = LAWS["hyperbolic secant"]()
P_UNCOND = (0.02, 0.1, 0.2, 0.5, 0.8)


@pytest.fixture(scope="module")
def errors():
    return {p: tuple(overall(e) for e in branch_errors(load_plain(p), toy_truth())) for p in P_UNCOND}


# ---- the networks trained beforehand ---------------------------------------------------------------------------


def test_the_networks_trained_beforehand_are_close_to_the_exact_eps(errors):
    for cond, uncond in errors.values():
        assert cond < 0.04
        assert uncond < 0.08


def test_p_uncond_shares_the_error_between_the_branches(errors):
    """Small: the unconditional branch is worse by a factor of 3; large: the conditional one, by a half."""
    assert errors[0.02][1] > errors[0.1][1] > errors[0.2][1] > errors[0.5][1] > errors[0.8][1]
    assert errors[0.02][1] > 2 * errors[0.8][1]
    assert errors[0.8][0] > 1.3 * errors[0.1][0]


def test_the_error_curve_is_what_another_measure_finds():
    """Against the error measured on other points by other code: per coordinate there, the whole length here."""
    net = load_plain(0.1)
    here = branch_errors(net, toy_truth())
    there = eps_error(net, three_gaussians(), 2.0)
    at = int(np.flatnonzero(LAMS == 2)[0])
    assert here[0][at] == pytest.approx(np.sqrt(2) * there["cond"], rel=0.15)
    assert here[1][at] == pytest.approx(np.sqrt(2) * there["uncond"], rel=0.15)


class Exact(torch.nn.Module):
    """The exact mixture as if it were a network."""

    def forward(self, z, lam, c):
        mixture, points, k = three_gaussians(), z.double().numpy(), int(c[0])
        if bool((c == c[0]).all()):
            return torch.from_numpy(mixture.eps(points, float(lam[0]), None if k == 3 else k)).float()
        return torch.where(
            (c == 3)[:, None],
            torch.from_numpy(mixture.eps(points, float(lam[0]))),
            torch.from_numpy(mixture.eps(points, float(lam[0]), c.clamp(max=2).numpy())),
        ).float()


def test_the_exact_field_in_place_of_the_network_has_no_error():
    t = toy_truth()
    sweep = learned_sweep(Exact(), t, 1, loss_curve([]), 0)
    assert sweep["rms_c"].max() < 1e-6
    assert sweep["rms_u"].max() < 1e-6
    assert sweep["wrong_u"].max() < -3.9
    np.testing.assert_allclose(sweep["samples"], t.samples, atol=2e-3)


# ---- a run -------------------------------------------------------------------------------------------------------


def test_a_paused_run_goes_on_as_if_it_had_not_stopped():
    runs = [Session(TrainIt(size="small", steps=100), three_gaussians()) for _ in range(2)]
    runs[0].advance(60)
    for n in (1, 24, 35):
        runs[1].advance(n)
    assert runs[0].losses == runs[1].losses
    for a, b in zip(runs[0].net.parameters(), runs[1].net.parameters(), strict=True):
        assert torch.equal(a, b)
    assert runs[0].advance(1000) == 40
    assert runs[0].done


def test_one_kernel_for_adamw_is_the_same_formula():
    from cfg_core.nets.mlp import MLP
    from cfg_core.process import HyperbolicSecantLaw
    from cfg_core.train import TrainConfig, Trainer, algorithm1
    from cfg_core.train.points import MixturePoints

    nets = []
    for fused in (False, True):
        torch.manual_seed(0)
        config = TrainConfig(steps=40, batch=64, cooldown=10, fused=fused)
        loss = algorithm1(HyperbolicSecantLaw(), 0.1, null=3)
        trainer = Trainer(MLP(width=16), loss, MixturePoints(three_gaussians()), config)
        for _ in range(20):
            trainer.step()
        nets.append(torch.cat([p.flatten() for p in trainer.averages[0].parameters()]))
    assert torch.allclose(nets[0], nets[1], atol=1e-5)


def test_a_short_run_learns_three_classes_and_its_loss_nears_the_floor():
    session = Session(TrainIt(steps=800), three_gaussians())
    before = overall(branch_errors(Network(session.net, null=3, event_ndim=1), toy_truth())[0])
    session.advance(800)
    sweep = learned_sweep(session.net, toy_truth(), 0, loss_curve(session.losses), 800)
    at = int(np.flatnonzero(sweep.axes["w"] == 3)[0])
    assert sweep["own"][at] > 0.97
    assert sweep["all_c"][0] < 0.1 < before / 5
    floor = least_loss(LAWS[session.settings.law](), session.settings.p_uncond, three_gaussians())
    assert floor - 0.01 < sweep["loss"][-1, 1] < floor + 0.04


def test_the_loss_floor_of_a_lone_point_is_the_loss_of_guessing_nothing():
    """With all classes alike, both branches are N(0, 1), and E(eps - eps*)² = E alpha² = 1/2 by symmetry."""
    floor = least_loss(SECANT, 0.9, three_gaussians(0.0))
    assert floor == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("p_uncond", P_UNCOND)
def test_the_recorded_loss_of_a_bundled_network_comes_down_to_that_of_exact_scores(p_uncond):
    step, loss = plain_loss(p_uncond).T
    floor = least_loss(SECANT, p_uncond, toy_truth().mixture)
    assert step[-1] == PLAIN_STEPS
    assert loss[0] > 1.5 * floor
    assert loss[-1] == pytest.approx(floor, rel=0.03)


def test_the_loss_curve_ends_with_the_mean_of_the_last_twentieth():
    losses = list(np.linspace(1, 0, 1000))
    curve = loss_curve(losses)
    assert curve[-1, 0] == 1000
    assert curve[-1, 1] == pytest.approx(np.mean(losses[-50:]))
    assert loss_curve([]).shape == (0, 2)


def test_a_network_that_diverged_is_counted_outside_and_not_drawn_at_the_origin():
    class Broken(torch.nn.Module):
        def forward(self, z, lam, c):
            return torch.full_like(z, torch.nan)

    sweep = learned_sweep(Broken(), toy_truth(), 0, loss_curve([]), 5)
    assert np.isnan(sweep["samples"]).all()
    np.testing.assert_array_equal(sweep["outside"], 1)
    np.testing.assert_array_equal(sweep["own"], 0)


# ---- points of one's own -----------------------------------------------------------------------------------------


def table(n=30, classes=("x", "y"), head="a,b,class\n"):
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal() + 5 * i},{rng.normal()},{name}" for i, name in enumerate(classes) for _ in range(n)]
    return head + "\n".join(rows)


def read_csv(content):
    return read_table(content if isinstance(content, bytes) else content.encode())[0]


def test_a_file_is_read_with_and_without_headings_and_scaled():
    points = read_csv(table())
    assert points.names == ("A", "B")
    assert np.abs(points.x.mean(0)).max() < 1e-12
    assert np.sqrt((points.x**2).mean()) == pytest.approx(1.6)
    np.testing.assert_array_equal(points.x, read_csv(table(head="")).x)


def as_written_by(tool: str) -> bytes:
    """The table as people's tools write it."""
    plain = pd.read_csv(io.StringIO(table()))
    text = io.StringIO()
    settings = {
        "a spreadsheet in French": {"sep": ";", "decimal": ",", "index": False},
        "tabs": {"sep": "\t", "index": False},
        "tabs and decimal commas": {"sep": "\t", "decimal": ",", "index": False},
        "spaces": {"sep": " ", "index": False, "header": False},
        "pandas with its index": {},
        "no headings, an index": {"header": False},
        "the class first, and one column more": {"index": False},
    }
    if tool == "the class first, and one column more":
        plain = plain.assign(note="x")[["class", "note", "b", "a"]].rename(
            columns={"a": "X", "b": "Y", "class": "Target"}
        )
    plain.to_csv(text, **settings.get(tool, {"index": False}))
    written = text.getvalue()
    if tool == "a line that names the separator, and comments":
        return ("sep=,\n# measured\n" + written).encode()
    encodings = {"Excel's UTF-16": "utf-16", "UTF-16 without a mark": "utf-16-le", "UTF-8 with a mark": "utf-8-sig"}
    if tool == "Latin-1":
        return written.replace(",x", ",café").encode("latin-1")
    return written.encode(encodings.get(tool, "utf-8"))


@pytest.mark.parametrize(
    "tool",
    ["a spreadsheet in French", "tabs", "tabs and decimal commas", "spaces", "pandas with its index",
     "no headings, an index", "the class first, and one column more", "Excel's UTF-16", "UTF-16 without a mark",
     "UTF-8 with a mark", "Latin-1", "a line that names the separator, and comments"],
)  # fmt: skip
def test_a_table_is_read_as_tools_write_it(tool):
    found, want = read_csv(as_written_by(tool)), read_csv(table())
    np.testing.assert_allclose(found.x, want.x, atol=1e-9)
    assert (np.sort(found.c) == np.sort(want.c)).all()
    assert found.given == (("café", "y") if tool == "Latin-1" else want.given)


def test_rows_that_lack_a_value_are_left_out_and_counted_and_many_rows_thinned():
    _, said = read_table((table() + "\n1,,x\n,2,y\n3,4,\nnan,1,x").encode())
    assert said == "4 rows with a missing value were left out."
    points, said = read_table(table(4000).encode())
    assert len(points.c) == 5000
    assert said == "5000 of 8000 rows were drawn."


def test_numbers_of_any_size_are_scaled():
    rows = table(head="").split("\n")
    large = "\n".join(f"{1.7e9 + float(a):.6f},{b},{c}" for a, b, c in (row.split(",") for row in rows))
    np.testing.assert_allclose(read_csv(large).x, read_csv(table()).x, atol=1e-5)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "at least 20 points, not 0"),
        (table(5), "at least 20 points, not 10"),
        (table(head="") + "\n1,two,x", "line 61: the first two columns must be numbers"),
        (table(head="") + "\n1,1e300,x", "finite and within 1e150"),
        (table(20, "wxyz"), "at most 3 classes, not 4"),
        (table() + "\n1,2,z", "class z has 1"),
        ("1,2\n" * 40, "three columns: two numbers and a class"),
        ("a,b,c,d\n" + "1,2,3,4\n" * 40, "4 columns, not 3, and none called x, y and class"),
        ("\n".join(["1,2,x"] * 30), "all points are the same"),
    ],
)
def test_every_fault_of_a_file_is_named(content, words):
    with pytest.raises(ValueError, match=words):
        read_csv(content)


@given(st.binary(max_size=400))
def test_whatever_a_file_holds_the_answer_is_points_or_a_sentence(content):
    with contextlib.suppress(ValueError):  # whose words are shown; anything else would be a traceback
        assert len(read_table(content)[0].c) >= 20


def test_the_fitted_mixture_is_scikit_learns_own():
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(m, 0.3, (100, 2)) for m in ((-2, 0), (2, 0), (0, 3))])
    points = Points(x, np.repeat([0, 0, 1], 100), ("A", "B"))
    mixture = fit_mixture(points)
    assert np.bincount(mixture.labels).tolist() == [2, 1]  # BIC finds the two heaps of class A
    mine = Fitted(2, reg_covar=RIDGE, n_init=2, random_state=0).fit(x[:200])
    at = rng.normal(size=(50, 2))
    np.testing.assert_allclose(mixture.log_density(at, c=0), mine.score_samples(at), rtol=1e-9)
    np.testing.assert_allclose(mixture.class_weights, [2 / 3, 1 / 3])
