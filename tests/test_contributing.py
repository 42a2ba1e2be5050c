"""What CONTRIBUTING.md shows works as it stands there, in as many lines as it says."""

import re
import subprocess
import sys
from pathlib import Path

from tests.bench.code_lines import count, python_lines, script_lines

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RULE, SETTING, VIEW = re.findall(r"```python\n(.*?)```", TEXT, re.S)


def said(row: str) -> list[str]:
    """The cells "before" and "now" of a row of the table."""
    return re.search(rf"^\| {re.escape(row)} \| (.*?) \| (.*?) \|$", TEXT, re.M).groups()


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_rule_is_offered_with_its_number_and_computed_once_it_is_registered():
    run(
        RULE
        + """
from demo.views.gaussians.view import VIEW
fields = VIEW.settings.fields()
assert "halved" in fields["rule"].values and fields["reach"].high == 10
s = VIEW.settings.of({"rule": "halved", "reach": 3.0, "points": 20})
assert s.counts("reach") and not VIEW.settings().counts("reach")
sweep, scene = VIEW.drawings[0].made(VIEW, s)
from tests.scene_check import problems
assert problems(sweep, scene) == [] and "noise is strong" in scene["caption"][-1]
"""
    )


def test_a_setting_is_checked_linked_dimmed_and_named_in_the_api():
    run(
        SETTING
        + """
import dataclasses, inspect
from demo.tab import handler
from demo.views.gaussians.view import VIEW
view = dataclasses.replace(VIEW, settings=WithTilt)
try:
    WithTilt.of({"tilt": 2})
except ValueError as problem:
    assert str(problem) == "tilt must be a number in [-1, 1]"
assert WithTilt.fields()["tilt"].read("0.31") == 0.3
assert not WithTilt(rule="none").counts("tilt")
assert inspect.signature(handler(view, view.drawings[0], view.value)).parameters["tilt"].annotation is float
"""
    )


def test_a_view_is_drawn_and_has_a_page():
    run(
        VIEW
        + """
import gradio as gr
from demo.tab import build, handler
from tests.scene_check import problems
assert problems(*VIEW.drawings[0].made(VIEW, VIEW.settings())) == []
with gr.Blocks(), gr.Tab() as tab:
    assert set(build(VIEW, tab)) == {"lam", "x"}
answer = handler(VIEW, VIEW.drawings[0], VIEW.value)
value, message = answer(1.0)
assert '"mean"' in value and message == ""
value, message = answer(float("nan"))
assert "x must be a number in [-3, 3]" in message
"""
    )


def test_the_lines_that_the_table_says_are_those_of_the_examples_and_of_the_tree():
    for row, code in (("a rule", RULE), ("a setting", SETTING), ("a view like the one above", VIEW)):
        assert said(f"lines to add {row}")[1] == str(python_lines(code))
    now = count(ROOT)
    assert abs(int(said("code lines of `cfg_core/`")[1]) - now["core"]) <= 100
    assert abs(int(said("code lines of `cfg_core/engine/` (JavaScript)")[1]) - now["engine"]) <= 100
    demo, scripts = map(int, said("code lines of `demo/` (Python / JavaScript)")[1].split(" / "))
    assert abs(demo - now["demo"]) <= 100
    assert abs(scripts - now["scripts"]) <= 100


def test_code_lines_are_those_that_do_something():
    source = '"""Doc\nstring."""\n\nx = 1  # one\n\n\ndef f():\n    """Doc."""\n    # why\n    return """a\nb"""\n'
    assert python_lines(source) == 4
    assert script_lines("// a\n\n/* b\n c */\nlet x = 1; // d\nx();\n") == 2
