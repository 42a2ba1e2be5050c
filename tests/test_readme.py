"""What the README promises."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_runs_as_pasted_and_prints_what_it_says():
    code = re.search(r"```python\n(.*?)```", TEXT, re.S)[1]
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shown = [float(x) for x in re.findall(r"-?\d+\.\d+", out)[:3]]
    said = [float(x) for x in re.search(r"# (\d\.\d+), (\d\.\d+), (\d\.\d+)", code).groups()]
    assert all(abs(a - b) < 0.06 for a, b in zip(shown, said, strict=True))  # two standard errors


def test_the_spaces_front_matter_agrees_with_the_pins_and_limits():
    front = dict(re.findall(r"^(\w+): (.*)$", TEXT.split("---")[1], re.M))
    assert f"gradio=={front['sdk_version']}" in (ROOT / "requirements.txt").read_text()
    assert len(front["short_description"]) <= 60
    assert (ROOT / front["app_file"]).exists()


def test_every_file_the_table_names_exists():
    for name in re.findall(r"`((?:cfg_core|demo)/[\w/.]+)`", TEXT):
        assert (ROOT / name).exists(), name


def test_the_core_imports_no_page_and_no_plotting():
    for file in (ROOT / "cfg_core").rglob("*.py"):
        found = re.findall(r"^\s*(?:import|from) (gradio|plotly|matplotlib)", file.read_text(), re.M)
        assert not found, file
