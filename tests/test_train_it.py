"""The tab "Train it": what is measured of a network, what a visitor may do, and what stops."""

import json
import time

import gradio as gr
import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture as Fitted

from cfg_core.fit import RIDGE, Points, fit_mixture, read_csv
from cfg_core.learned import Learned
from cfg_core.mixture import three_gaussians
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.training import (
    LAMS,
    Session,
    TrainSettings,
    branch_errors,
    learned_sweep,
    loss_floor,
    overall,
    toy_truth,
)
from cfg_core.toy_classifiers import PLAIN_STEPS, eps_error, load_plain, plain_loss
from cfg_core.train import loss_curve
from cfg_core.vector_calculus import NetField
from demo.training import runs
from demo.training.rooms import RUNNING, Room, Rooms, pictures
from tests.test_app import call, drawn

P_UNCOND = (0.02, 0.1, 0.2, 0.5, 0.8)
SETTINGS = [0.1, "small", "hyperbolic secant", 500, 0.005]


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
    there = eps_error(NetField(net.net, 3), three_gaussians(), 2.0)
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
    runs = [Session(TrainSettings(size="small", steps=100), three_gaussians()) for _ in range(2)]
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
    from cfg_core.toy_classifiers import MixturePoints
    from cfg_core.train import TrainConfig, Trainer, algorithm1

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
    session = Session(TrainSettings(steps=800), three_gaussians())
    before = overall(branch_errors(Learned(session.net, null=3, event_ndim=1), toy_truth())[0])
    session.advance(800)
    sweep = learned_sweep(session.net, toy_truth(), 0, loss_curve(session.losses), 800)
    at = int(np.flatnonzero(sweep.axes["w"] == 3)[0])
    assert sweep["own"][at] > 0.97
    assert sweep["all_c"][0] < 0.1 < before / 5
    floor = loss_floor(session.settings, three_gaussians())
    assert floor - 0.01 < sweep["loss"][-1, 1] < floor + 0.04


def test_the_loss_floor_of_a_lone_point_is_the_loss_of_guessing_nothing():
    """With all classes alike, both branches are N(0, 1), and E(eps - eps*)² = E alpha² = 1/2 by symmetry."""
    floor = loss_floor(TrainSettings(p_uncond=0.9), three_gaussians(0.0))
    assert floor == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("p_uncond", P_UNCOND)
def test_the_recorded_loss_of_a_bundled_network_comes_down_to_that_of_exact_scores(p_uncond):
    step, loss = plain_loss(p_uncond).T
    floor = loss_floor(TrainSettings(p_uncond=p_uncond), toy_truth().mixture)
    assert step[-1] == PLAIN_STEPS
    assert loss[0] > 1.5 * floor
    assert loss[-1] == pytest.approx(floor, rel=0.03)


def test_the_loss_curve_ends_with_the_mean_of_the_last_twentieth():
    losses = list(np.linspace(1, 0, 1000))
    curve = loss_curve(losses)
    assert curve[-1, 0] == 1000
    assert curve[-1, 1] == pytest.approx(np.mean(losses[-50:]))
    assert loss_curve([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("bad", "words"),
    [({"p_uncond": 0.0}, "p_uncond"), ({"steps": 10**6}, "steps"), ({"lr": np.nan}, "learning rate"),
     ({"size": "huge"}, "size"), ({"law": "normal"}, "law")],
)  # fmt: skip
def test_settings_out_of_bounds_are_named(bad, words):
    with pytest.raises(ValueError, match=words):
        TrainSettings(**bad)


# ---- points of one's own -----------------------------------------------------------------------------------------


def table(n=30, classes=("x", "y"), head="a,b,class\n"):
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal() + 5 * i},{rng.normal()},{name}" for i, name in enumerate(classes) for _ in range(n)]
    return head + "\n".join(rows)


def test_a_file_is_read_with_and_without_headings_and_scaled():
    points = read_csv(table())
    assert points.names == ("A", "B")
    assert np.abs(points.x.mean(0)).max() < 1e-12
    assert np.sqrt((points.x**2).mean()) == pytest.approx(1.6)
    np.testing.assert_array_equal(points.x, read_csv(table(head="")).x)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "20 to 5000 points, not 0"),
        (table(5), "20 to 5000 points, not 10"),
        (table(2600), "20 to 5000 points, not 5200"),
        (table(head="") + "\n1,2", "line 61 has 2 columns"),
        (table(head="") + "\n1,two,x", "line 61: the first two columns must be numbers"),
        (table(head="") + "\nnan,2,x", "line 61: the numbers must be finite"),
        (table(head="") + "\n1,1e300,x", "line 61: the numbers must be finite"),
        (table(head="") + "\n1,2, ", "line 61 has no class"),
        (table(20, "wxyz"), "at most 3 classes, not 4"),
        (table() + "\n1,2,z", "class C has 1"),
        ("\n".join(["1,2,x"] * 30), "all points are the same"),
    ],
)
def test_every_fault_of_a_file_is_named(content, words):
    with pytest.raises(ValueError, match=words):
        read_csv(content)


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


# ---- visitors ----------------------------------------------------------------------------------------------------


def test_two_visitors_never_see_each_others_networks():
    rooms = Rooms()
    a, b = rooms.of("a"), rooms.of("b")
    assert rooms.of("a") is a is not b
    for room, p in ((a, 0.1), (b, 0.5)):
        runs.prepare(room, "toy", p, *SETTINGS[1:])
    a.session.advance(5)
    assert (a.session.step_count, b.session.step_count) == (5, 0)
    before = a.session
    runs.prepare(a, "toy", *SETTINGS)
    assert a.session is before  # the same settings go on
    runs.prepare(a, "toy", 0.2, *SETTINGS[1:])
    assert a.session is not before


def test_only_so_many_train_at_once_and_a_room_only_once():
    rooms = Rooms()
    runs = [(rooms.of(str(i)), rooms.enter(rooms.of(str(i)))) for i in range(RUNNING)]
    with pytest.raises(ValueError, match="already"):
        rooms.enter(runs[0][0])
    with pytest.raises(ValueError, match="try again in a minute"):
        rooms.enter(rooms.of("late"))
    rooms.leave(*runs[0])
    assert rooms.enter(rooms.of("late")) > 0
    assert rooms.running == RUNNING


def test_the_longest_unused_rooms_are_forgotten():
    rooms = Rooms()
    first = rooms.of("0")
    for i in range(1, 100):
        rooms.of(str(i))
    assert rooms.of("99") is rooms.of("99")
    assert rooms.of("0") is not first


def test_a_run_stops_when_paused_and_when_its_time_is_up():
    room = Room()
    runs.prepare(room, "toy", *SETTINGS)
    room.run = 7
    states = pictures(room, 7)
    assert next(states) == "running"
    room.run = 0
    assert list(states) == ["paused"]
    room.run = 8
    assert list(pictures(room, 8, began=time.monotonic() - 1e4)) == ["out of time"]


def test_a_run_whose_network_is_taken_away_ends_and_raises_nothing():
    room = Room()
    runs.prepare(room, "toy", *SETTINGS)
    room.run = 7
    states = pictures(room, 7)
    assert next(states) == "running"
    room.session = None  # Reset
    assert list(states) == ["paused"]
    room = Room()
    stream = runs.running(room, "toy", *SETTINGS)
    assert [next(stream)[1] for _ in range(3)] == 3 * ["Training …"]
    room.run, room.session, room.shown = 0, None, False
    assert list(stream) == [(gr.skip(), gr.skip())]
    assert room.run == 0


def test_clicks_draw_points_and_the_view_says_what_the_exact_side_is():
    room = Room()
    for name, x in (("A", -2.0), ("C", 2.0)):
        runs.spray(room, name, x, 0.0)
    assert room.points.names == ("A", "C")
    runs.prepare(room, "own", *SETTINGS)
    value = json.loads(runs.whole(room))
    assert "scikit-learn" in " ".join(value["scene"]["caption"])
    assert value["sweep"]["labels"]["class"] == ["A", "C"]
    changed = json.loads(runs.patch(room))
    assert set(changed["sweep"]["arrays"]) < set(value["sweep"]["arrays"])
    assert changed["patch"] == value["scene"]["key"]


def test_every_array_that_the_scene_names_is_there():
    value = json.loads(runs.bundled("0.1", 0))
    named = set()

    def walk(node):
        if isinstance(node, dict):
            named.update(
                v for k, v in node.items() if k in ("xy", "uv", "z", "x", "y", "base", "slope") and isinstance(v, str)
            )
            for v in node.values():
                walk(v)
        elif isinstance(node, list):
            for v in node:
                walk(v)

    walk([p["layers"] for p in value["scene"]["panels"]])
    assert named <= set(value["sweep"]["arrays"])
    assert isinstance(Sweep({}, {}), Sweep)


@pytest.mark.parametrize(
    ("position", "value", "words"),
    [(1, 0, "p uncond must be a number in [0.01, 0.9]"), (1, "abc", "p uncond"), (2, "huge", "size must be one of"),
     (3, None, "law must be one of"), (4, 1e9, "steps must be a whole number in [100, 10000]"),
     (5, True, "learning rate must be a number"), (0, "theirs", "data must be one of"), (0, "own", "no points yet")],
)  # fmt: skip
def test_the_api_names_the_bound(served, position, value, words):
    data = ["toy", *SETTINGS]
    data[position] = value
    for name in ("train_start", "train_step"):
        assert words in json.dumps(call(served, name, data))


def test_start_trains_on_screen_pause_stops_it_and_a_closed_page_too(tab):
    page = tab("Train it")
    drawn(page, "train")
    words = page.locator("#train-stage .stage-caption")
    assert "After 4000 steps" in words.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] < 4000", timeout=20_000)
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] > 20", timeout=20_000)
    page.locator("#train-pause").click()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('Paused')", timeout=20_000)
    count = page.evaluate("cfgStage.value('train-stage', 'count')[0]")
    page.wait_for_timeout(600)
    assert page.evaluate("cfgStage.value('train-stage', 'count')[0]") == count
    assert f"After {count:.0f} steps" in words.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("n => cfgStage.value('train-stage', 'count')[0] > n", arg=count, timeout=20_000)
    assert runs.ROOMS.running == 1
    other = tab("Train it")  # a second visitor sees nothing of it, and has a network of its own
    drawn(other, "train")
    assert other.evaluate("cfgStage.value('train-stage', 'count')[0]") == 4000
    other.locator("#train-step").click()
    other.wait_for_function("cfgStage.value('train-stage', 'count')[0] === 10", timeout=20_000)
    assert page.evaluate("cfgStage.value('train-stage', 'count')[0]") > 10
    page.close()
    until = time.monotonic() + 30
    while runs.ROOMS.running and time.monotonic() < until:
        time.sleep(0.1)
    assert runs.ROOMS.running == 0


def test_reset_while_training_shows_the_network_trained_beforehand_and_says_nothing(tab):
    page = tab("Train it")
    drawn(page, "train")
    page.locator("#train-start").click()
    page.wait_for_function("(n => n > 20 && n < 4000)(cfgStage.value('train-stage', 'count')[0])", timeout=20_000)
    page.locator("#train-reset").click()
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] === 4000", timeout=20_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("cfgStage.value('train-stage', 'count')[0]") == 4000
    assert page.locator("#train-message").inner_text().strip() == ""
    assert page.locator(".toast-body").count() == 0


def test_a_file_of_points_is_taken_and_fitted_and_a_wrong_one_changes_nothing(tab):
    page = tab("Train it")
    drawn(page, "train")

    def upload(content):
        file = {"name": "points.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.locator("#train-data input[type=file]").set_input_files([file])

    words, message = page.locator("#train-stage .stage-caption"), page.locator("#train-message")
    page.get_by_text("Data: the three Gaussians").click()
    upload("a,b,class\n1,2,x\n")
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('20 to 5000 points')")
    assert "After 4000 steps" in words.inner_text()
    upload(table())
    page.wait_for_function(
        "document.querySelector('#train-stage .stage-caption').textContent.includes('your 60 points')", timeout=30_000
    )
    assert "60 points; classes A, B" in message.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] > 20", timeout=20_000)
    page.locator("#train-pause").click()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('Paused')", timeout=20_000)
    page.locator("#train-reset").click()  # their network is forgotten, they are not
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] === 0", timeout=20_000)
    assert "your 60 points" in words.inner_text()
    assert "has not seen your 60 points" in message.inner_text()
