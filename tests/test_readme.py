"""What the README promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cfg_core.commands.measure.tables import filled
from cfg_core.images.shipped import ASSETS

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


PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/networks.md", "docs/measured.md")
A_FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+(?:\.(?:py|js|md|toml|json|css|html|safetensors)|/))`")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_folder_that_a_page_names_is_there(page):
    """Whole paths, and names within a folder that the same cell names."""
    paths = [path for top in ("cfg_core", "demo", "tests", "assets", "docs") for path in (ROOT / top).rglob("*")]
    known = {str(path.relative_to(ROOT)) + "/" * path.is_dir() for path in paths}
    for name in A_FILE.findall((ROOT / page).read_text(encoding="utf-8")):
        if not name.startswith(("runs/", "data/", "cifar-10", "kept/")):
            assert (ROOT / name).exists() or any(path.endswith(f"/{name}") for path in known), name


def test_the_tables_of_what_was_measured_are_those_of_the_records():
    text = (ROOT / "docs" / "measured.md").read_text(encoding="utf-8")
    assert filled(text, ASSETS) == text
    assert filled(text.replace("| 0.58 |", "| 0.59 |"), ASSETS) == text
    with pytest.raises(ValueError, match="must hold <!-- guides --> and <!-- /guides -->"):
        filled(text.replace("<!-- guides -->", ""), ASSETS)


def test_links_between_the_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
            assert ((ROOT / page).parent / target).exists(), (page, target)


def test_the_readme_is_read_in_ten_minutes():
    assert len(TEXT.split()) <= 2200
