"""Rules and samplers as tables: the coefficients of closed forms, what is added in Python, what has no table."""

import base64

import numpy as np
import pytest

from cfg_core import facts
from cfg_core.guidance import RULES, Param, register
from cfg_core.process import alpha, diffuse, lam_grid, posterior, reverse_variance, sigma, x_from_eps
from cfg_core.samplers import SAMPLERS, Step, seeded_noise
from cfg_core.tables import noise_wire, ode_table, sampler_table, strength_table, walk_table

LAMS = lam_grid(6, -20, 20)


def column(table, name):
    return np.array(table[name])


def test_ddims_table_is_its_formula_in_x():
    table, (lam, lam_) = sampler_table("ddim", LAMS), (LAMS[:-1], LAMS[1:])
    ratio = sigma(lam_) / sigma(lam)
    np.testing.assert_allclose(table["lam"], LAMS)
    np.testing.assert_allclose(column(table, "on_z")[1:], ratio, rtol=1e-9)
    np.testing.assert_allclose(column(table, "on_x")[1:, 0], alpha(lam_) - ratio * alpha(lam), rtol=1e-9)
    assert not any(table["noise"])
    assert all(table["yields"])


def test_an_ancestral_row_is_a_draw_of_the_reverse_process():
    table = sampler_table("ancestral", LAMS, v=0.3)
    for i in range(1, len(LAMS)):
        on_z, on_x, _ = posterior(LAMS[i - 1], LAMS[i])
        want = [on_z, on_x, np.sqrt(reverse_variance(LAMS[i - 1], LAMS[i], 0.3)), i]
        got = [table["on_z"][i], table["on_x"][i][0], table["on_noise"][i], table["noise"][i]]
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


def test_heun_has_two_rows_a_step_and_the_two_step_sampler_ends_with_a_plain_step():
    heun = sampler_table("heun", LAMS)
    assert heun["yields"] == [1, 0] * (len(LAMS) - 1) + [1]
    np.testing.assert_array_equal(heun["lam"], np.repeat(LAMS, 2)[1:])
    memory = column(sampler_table("dpmpp_2m", LAMS), "on_x")[:, 1]
    assert (memory[[0, 1, -1]] == 0).all()
    assert (memory[2:-1] != 0).all()


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("ends", [(-20, 20), (-2, 2), (-20, 2)])
def test_each_sampler_has_a_table_for_few_and_many_steps(sampler, ends):
    for steps in (1, 2, 3, 17, 128):
        table = sampler_table(sampler, lam_grid(steps, *ends), v=0.5)
        assert np.isfinite(column(table, "on_x")).all()
        assert sum(table["yields"]) == steps + 1


def test_a_rules_strength_is_read_off_at_each_evaluation():
    table = walk_table("interval", "heun", LAMS, sigma_low=0.5, sigma_high=2.0)
    ratio = np.exp(-column(table, "lam") / 2)
    np.testing.assert_array_equal(table["b"], (ratio > 0.5) & (ratio <= 2))
    assert not any(table["a"])


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.strength is None])
def test_a_rule_of_another_form_has_no_table_and_says_so(name):
    with pytest.raises(ValueError, match=f"guidance '{name}' is not .*no table"):
        strength_table(name, LAMS)


def test_numbers_of_a_rule_are_checked_and_ode_steps_stop_at_its_jumps():
    with pytest.raises(ValueError, match=r"must be a number in \[0.01, 10\]"):
        strength_table("interval", LAMS, sigma_high=99.0)
    assert len(ode_table("interval")["theta"]) == len(ode_table("cfg")["theta"]) + 2


@pytest.fixture
def added(monkeypatch):
    """Registries of its own for a test to add to."""
    monkeypatch.setattr("cfg_core.samplers.SAMPLERS", samplers := dict(SAMPLERS))
    monkeypatch.setattr("cfg_core.guidance.registry.RULES", dict(RULES))
    return samplers


def test_a_strength_that_is_not_affine_in_w_is_refused(added):
    register("squared", "squared", "", "", strength=lambda w, lam: w * w)(lambda f, w: f.eps_c)
    with pytest.raises(ValueError, match="not affine in w"):
        strength_table("squared", LAMS)


def test_a_rule_added_in_python_has_a_table_at_once(added):
    reach = Param("reach", 2.0, 0.1, 10.0, "reach")
    register("mixed", "mixed", "", "", strength=lambda w, lam, reach: 0.5 + w * reach, params=(reach,))(lambda f, w: f)
    table = strength_table("mixed", LAMS, reach=3.0)
    assert (table["a"], table["b"]) == ([0.5] * len(LAMS), [3.0] * len(LAMS))


def stepping(step):
    """A sampler that goes from lam to lam_ by step(z, x, e, lam_, x of the steps before)."""

    def sampler(eps, z, lams, **_):
        seen = []
        for lam, lam_ in zip(lams, [*lams[1:], None], strict=True):
            e = eps(z, lam)
            seen.append(x_from_eps(z, lam, e))
            yield Step(lam, z, seen[-1])
            if lam_ is not None:
                z = step(z, seen, e, lam_)

    return sampler


def test_a_sampler_that_bends_its_point_or_remembers_too_much_has_no_table(added):
    added["bent"] = stepping(lambda z, seen, e, lam_: diffuse(np.tanh(seen[-1]), lam_, e))
    added["old"] = stepping(lambda z, seen, e, lam_: diffuse(seen[-1] + 0.1 * seen[0], lam_, e))
    for name, why in {"bent": "not linear", "old": "farther back"}.items():
        with pytest.raises(ValueError, match=f"sampler '{name}' .*{why}"):
            sampler_table(name, lam_grid(12))


def test_a_sampler_that_forgets_its_point_has_a_table(added):
    added["anew"] = stepping(lambda z, seen, e, lam_: alpha(lam_) * seen[-1])
    table = sampler_table("anew", LAMS)
    np.testing.assert_allclose(column(table, "on_z")[1:], 0, atol=1e-12)
    np.testing.assert_allclose(column(table, "on_x")[1:, 0], alpha(LAMS[1:]), rtol=1e-12)


def test_the_noises_sent_are_the_cores_and_no_more_than_a_walk_takes():
    read = lambda text: np.frombuffer(base64.b64decode(text), "<f8").reshape(3, 7, 2)
    wire = noise_wire(5, 7, sampler_table("ancestral", LAMS))
    want = seeded_noise(5, (3, 7, 2))
    np.testing.assert_array_equal(read(wire["start"]), want(0))
    assert list(wire["steps"]) == [str(i) for i in range(1, len(LAMS))]
    np.testing.assert_array_equal(read(wire["steps"]["4"]), want(4))
    assert noise_wire(5, 7, sampler_table("heun", LAMS))["steps"] == {}


def test_the_engine_knows_what_the_core_knows_as_it_is_now():
    assert facts.FILE.read_text(encoding="utf-8") == facts.module()
