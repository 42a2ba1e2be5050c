"""The generated scripts: they run as pasted, print what this project's samplers give, and differ by one line."""

import contextlib
import difflib
import io
import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from cfg_core.mixture import three_gaussians
from demo.views.one_line.compute import W_STOPS, outcome_sweep, torch_noise
from demo.views.one_line.page import ASKS, panel_value
from demo.views.one_line.settings import GUIDED
from demo.views.one_line.settings import OneLine as Snippet
from demo.views.one_line.snippets import CodeLine, code, lines, notebook, weight_line
from tests.calling import call_api
from tests.calling import view as view_of
from tests.test_app import drawn, quiet

MIXTURE = "A_-2.5_1_0.5_-0.3_2_1*A_2.5_1_0.5_0.3_2_2*B_0_-3_4_0_0.25_1.5*C_0_0.5_0.0625_0_0.0625_0.1"
PRINTED = re.compile(r"mean \[(-?[\d.]+), (-?[\d.]+)\] spread ([\d.]+)")

# one of everything: step, sampler, rule, class, w, steps, seed
EXACT = [
    Snippet(),
    Snippet(step="conditional", letter="B", seed=3),
    Snippet(step="unconditional", sampler="ancestral"),
    Snippet(sampler="ancestral", w=1.5, letter="C", steps=17),
    Snippet(rule="classifier", w=-0.5, steps=8),
    Snippet(rule="interval", w=6.0, steps=64),
    Snippet(rule="rising", w=10.0, letter="B", sampler="ancestral", seed=2**32 - 1),
    Snippet(step="conditional", rule="classifier", steps=2),
    *(Snippet(mixture=MIXTURE, **more) for more in (
        {}, {"letter": "B", "step": "conditional", "sampler": "ancestral"}, {"step": "unconditional", "seed": 5},
        {"letter": "C", "rule": "classifier", "w": 1.2}, {"rule": "interval", "w": 6.0, "steps": 64},
    )),
]  # fmt: skip


@pytest.fixture
def torch_as_it_was():
    import torch

    yield
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)


def run(script: str) -> list[float]:
    """What a script prints, run in a fresh namespace: mean x, mean y, spread."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "snippet", "exec"), {"__name__": "__main__"})
    return [float(x) for x in PRINTED.fullmatch(out.getvalue().strip()).groups()]


def ours(s: Snippet) -> list[float]:
    """The same from this project's mixture, guidance rules and samplers, on the same noises."""
    sweep, i = outcome_sweep(s), int(np.argmin(np.abs(W_STOPS - s.w)))
    return [float(sweep[name][i]) for name in ("mean_x", "mean_y", "spread")]


@pytest.mark.parametrize("s", EXACT, ids=lambda s: f"{s.step}-{s.sampler}-{s.rule}")
def test_a_script_prints_what_this_projects_samplers_give(s, torch_as_it_was):
    assert run(code(s)) == pytest.approx(ours(s), abs=6e-5)  # it rounds to four digits


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
def test_the_noises_are_torchs_own(seed):
    import torch

    generator, noise = torch.Generator().manual_seed(seed), torch_noise(seed, 1000)
    for i in range(3):
        its = torch.randn(1000, 2, generator=generator, dtype=torch.float64).numpy()
        np.testing.assert_allclose(noise(i), its, rtol=1e-12, atol=1e-14)
    with pytest.raises(ValueError, match="multiple of 8"):
        torch_noise(seed, 1001)


def test_a_script_says_what_the_closed_form_says(torch_as_it_was):
    """Unguided DDIM gives the class's Gaussian, up to its steps and 1000 draws; the mixture's spread is known."""
    at_top = run(code(Snippet(step="conditional", steps=256)))
    assert at_top == pytest.approx([0, 1.793, 1], abs=0.1)
    assert run(code(Snippet(step="unconditional", steps=256))) == pytest.approx(
        [0, 0, (1 + 1.793**2 / 2) ** 0.5], abs=0.12
    )


BATCH = """
import sys
for script in {scripts!r}:
    exec(compile(script, "snippet", "exec"), {{"__name__": "__main__"}})
    sys.modules["torch"].set_grad_enabled(True)
print(sorted(name for name in sys.modules if name.split(".")[0] in ("cfg_core", "demo", "gradio", "scipy")))
"""


def test_scripts_run_in_a_fresh_python_with_nothing_but_torch(tmp_path):
    """The network's too: a guided class lies beyond its mean; without the dropped label guidance is off the mark."""
    net = {"model": "net", "w": 1.0}
    cases = [Snippet(), Snippet(**net), Snippet(**net, drop=False), Snippet(**net, step="unconditional")]
    own = Snippet(mixture=MIXTURE, model="net", step="conditional", letter="B")
    book = notebook(Snippet(sampler="ancestral", w=2.0))
    cells = "\n".join("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code")
    script = "import torch\ntorch.set_num_threads(1)\n" + BATCH.format(scripts=[*map(code, cases), cells, code(own)])
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    *printed, modules = done.stdout.strip().split("\n")
    assert modules == "[]"
    got = [[float(x) for x in PRINTED.fullmatch(line).groups()] for line in printed]
    assert got[0] == pytest.approx(ours(cases[0]), abs=6e-5)
    exact = ours(Snippet(w=1.0))
    assert got[1] == pytest.approx(exact, abs=0.35)  # learned in a few seconds
    assert np.abs(np.subtract(got[2], exact)).max() > 0.5
    assert got[3] == pytest.approx(ours(Snippet(step="unconditional")), abs=0.35)
    assert got[4] == pytest.approx(ours(Snippet(sampler="ancestral", w=2.0)), abs=6e-5)
    assert got[5] == pytest.approx(ours(own), abs=0.35)


def changed(a: Snippet, b: Snippet) -> tuple[list[str], list[str]]:
    diff = list(difflib.ndiff(code(a).splitlines(), code(b).splitlines()))
    return [d[2:] for d in diff if d[:2] == "- "], [d[2:] for d in diff if d[:2] == "+ "]


@pytest.mark.parametrize(
    ("model", "rule"), [(m, r) for m in ("exact", "net") for r in GUIDED if (m, r) != ("net", "classifier")]
)
def test_one_line_differs_from_step_to_step(model, rule):
    one, two, three = (Snippet(step=s, model=model, rule=rule) for s in ("unconditional", "conditional", "guided"))
    assert changed(one, two) == (["    e = eps(z, alpha, sigma)"], ["    e = eps(z, alpha, sigma, c)"])
    gone, new = changed(two, three)
    assert gone == ["    e = eps(z, alpha, sigma, c)"]
    assert len(new) == 1
    (marked,) = [line for line in lines(three) if line.mark == "step"]
    assert (marked.text, marked.was) == (new[0], gone[0])
    if rule == "cfg":
        assert new == ["    e = (1 + w) * eps(z, alpha, sigma, c) - w * eps(z, alpha, sigma)"]


def test_training_with_the_null_label_is_one_line_more():
    without, with_ = Snippet(model="net", drop=False), Snippet(model="net", p_uncond=0.25)
    line = "    label[torch.rand(256) < 0.25] = NULL  # drop the label now and then"
    assert changed(without, with_) == ([], [line])
    assert CodeLine(line, "train") in lines(with_)
    (missing,) = [each for each in lines(without) if each.mark == "train"]
    assert missing.text is None
    assert missing.was.replace("0.1", "0.25") == line


@pytest.mark.parametrize("w", [-1.0, 0.0, 0.1, 2.5, 10.0])
def test_w_is_the_only_thing_that_w_changes_and_both_conventions_are_there(w):
    gone, new = changed(Snippet(w=3.3), Snippet(w=w))
    assert len(gone) == len(new) == 1
    assert new == [weight_line().replace("{w}", f"{w:g}").replace("{s}", f"{1 + w:g}")]
    assert float(re.search(r"scale 1 \+ w = (-?[\d.]+)$", new[0])[1]) == pytest.approx(1 + w)


@pytest.mark.parametrize("bad", [{"w": float("nan")}, {"w": "3; import os"}, {"seed": -1}, {"rule": "apg"}])
def test_only_checked_numbers_reach_a_script(bad):
    with pytest.raises(ValueError, match="must be"):
        code(Snippet(**bad))
    with pytest.raises(ValueError, match="needs a classifier"):
        Snippet(model="net", rule="classifier")


@pytest.mark.parametrize("model", ["exact", "net"])
@pytest.mark.parametrize("step", ["unconditional", "conditional", "guided"])
def test_what_is_dimmed_changes_no_script_and_what_changes_one_is_not_dimmed(step, model):
    s = Snippet(step=step, model=model, w=2.0)
    others = {"rule": GUIDED if model == "exact" else ("cfg", "interval", "rising"), "drop": (True, False),
              "p_uncond": (0.1, 0.3), "seed": (0, 1), "steps": (32, 8), "sampler": ("ddim", "ancestral")}  # fmt: skip
    for name, values in others.items():
        if len({code(replace(s, **{name: value})) for value in values}) > 1:
            assert s.counts(name), name
    for name in Snippet.fields():
        if not s.counts(name):
            assert len({code(replace(s, **{name: value})) for value in others[name]}) == 1


def test_the_notebook_is_nbformat_4_and_holds_the_script():
    s = Snippet(model="net", rule="rising")
    book = json.loads(json.dumps(notebook(s)))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", i) for i in ids)
    for cell in book["cells"]:
        extra = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | extra
        assert all(line.endswith("\n") for line in cell["source"][:-1])
    cells = [line for c in book["cells"] if c["cell_type"] == "code" for line in "".join(c["source"]).split("\n")]
    script = code(s).split("\n")
    assert [line for line in cells if line] == [line for line in script if line]


def test_a_mixture_of_ones_own_is_in_the_script_with_its_numbers():
    script = code(Snippet(mixture=MIXTURE, letter="C"))
    scope = {}
    exec("import torch\n" + re.search(r"^classes = .*?^weights = .*?$", script, re.M | re.S)[0], scope)
    mine, given = Snippet(mixture=MIXTURE).gaussians, {n: scope[n].numpy() for n in ("means", "covs", "classes")}
    for name, value in {"means": mine.means, "covs": mine.covs, "classes": mine.labels}.items():
        np.testing.assert_allclose(given[name], value, rtol=1e-6)
    weights = scope["weights"].numpy()
    np.testing.assert_allclose(weights / weights.sum(), mine.weights, rtol=1e-6)
    assert "angle" not in script
    assert "at the top" not in script


def test_the_picture_holds_the_classes_own_density():
    sweep = outcome_sweep(Snippet(letter="B", step="conditional", steps=8))
    half, n = sweep.meta["extent"][1], sweep["log_pxc"].shape[0]
    cell = np.exp(sweep["log_pxc"]) * (2 * half / n) ** 2
    assert cell.sum() == pytest.approx(1, abs=1e-3)
    y, x = np.unravel_index(cell.argmax(), cell.shape)
    centre = (np.array([x, y]) + 0.5) * 2 * half / n - half
    np.testing.assert_allclose(centre, three_gaussians().means[1], atol=half / n * 1.01)
    assert sweep["samples"].shape[0] == len(W_STOPS)
    assert np.ptp(sweep["mean_x"]) == 0  # the conditional script does not know w


# ---- the tab


def test_the_tab_shows_the_script_and_w_is_written_into_it_in_the_browser(tab, torch_as_it_was):
    page = tab("One line")
    drawn(page, "code")
    assert page.evaluate("cfg.code.script()") == code(Snippet())
    quiet(page)
    page.locator("#code-w input[type=range]").press("ArrowRight")
    page.wait_for_function("document.querySelector('#code-panel .code-panel').dataset.w === '3.1'")
    page.wait_for_function("document.querySelector('#code-stage .stage').dataset.w === '3.1'")
    assert page.requests == []
    shown = page.evaluate("cfg.code.script()")
    assert shown == code(Snippet(w=3.1))
    mean_x, mean_y, spread = run(shown)
    words = page.locator("#code-stage .stage-caption").inner_text().replace("−", "-")
    assert f"prints mean [{mean_x:.4f}, {mean_y:.4f}] and spread {spread:.4f}" in words
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a notebook").click()
    assert download.value.suggested_filename == "guidance_guided_exact.ipynb"
    with open(download.value.path(), encoding="utf-8") as file:
        assert json.load(file) == notebook(Snippet(w=3.1))

    page.get_by_label("2 conditional").check()
    page.wait_for_function("!cfg.code.script().includes('(1 + w) *')", timeout=20_000)
    assert page.evaluate("cfg.code.script()") == code(Snippet(step="conditional", w=3.1))
    assert page.locator(".code-line.was").inner_text().strip() == "e = eps(z, alpha, sigma)"
    page.get_by_label("a network trained in place").check()
    page.wait_for_function("cfg.code.script().includes('torch.nn')", timeout=20_000)
    page.evaluate("cfg.frame.actions.settings()")
    page.locator("#code-fold-moresettings button").first.click()
    page.get_by_label("Training drops the label").uncheck()
    page.wait_for_function("!cfg.code.script().includes('= NULL  #')", timeout=20_000)
    assert page.evaluate("cfg.code.script()") == code(Snippet(step="conditional", w=3.1, model="net", drop=False))
    assert "never saw the null label" in page.locator("#code-stage .stage-caption").inner_text()


def test_nonsense_is_refused_and_never_reaches_the_script(served):
    def answer(**changes) -> str:
        return json.dumps(call_api(served, "code", [changes.get(n, getattr(Snippet(), n)) for n in ASKS]))

    assert "(1 + w) * eps" in answer()
    bad = {"step": "<script>", "model": "gpt", "letter": "Z", "sampler": "heun", "steps": 1e9, "rule": "apg",
           "seed": -1, "drop": "yes", "p_uncond": 0, "w": "1; import os"}  # fmt: skip
    fields = Snippet.fields()
    for name, value in bad.items():
        refused = answer(**{name: value})
        assert f"{fields[name].called} must be" in refused
        assert "torch" not in refused
        assert "import os" not in refused
    assert "needs a classifier" in answer(model="net", rule="classifier")


def test_the_panel_holds_the_script():
    s = Snippet(letter="C")
    value = json.loads(panel_value(view_of("code"), s))
    assert any(text.startswith("c = 2") for text, _, _ in value["lines"] if text)
    assert value["template"] == weight_line()
    assert "".join(f"{text}\n" for text, _, _ in value["lines"] if text is not None) == code(s)


def test_a_phone_shows_it_without_a_sideways_scroll(tab):
    page = tab(None, width=390, height=800, query="?tab=code")
    drawn(page, "code")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
