"""People's machines: a proxy in the way, numbers with a decimal comma, calls that send what there is no place for."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.calling import call_api
from tests.pages import OPENED

ROOT = Path(__file__).resolve().parents[1]
BOX = "#gaussians-w input[type=number]"


def test_the_app_starts_behind_a_proxy_that_does_not_answer():
    """As universities set it: every address goes through it, the machine's own too."""
    code = """from demo.page import build, launch
page = build()
_, url, _ = launch(page, workers=0, prevent_thread_lock=True, quiet=True)
print("served", url, flush=True)
import os; os._exit(0)"""
    dead = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **dead}, capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    assert "served http://" in done.stdout, done.stderr[-1500:]


@pytest.mark.parametrize("path", ["/etc/passwd", "README.md", "../../secret"])
def test_no_folder_of_the_server_reaches_a_client_that_sends_a_file(served, path):
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    for api_name in ("gaussians", "train_upload"):
        said = json.dumps(call_api(served, api_name, [file] * 30 if api_name == "gaussians" else [file]))
        assert str(ROOT) not in said
        assert not re.search(r"(/root|/home|/tmp|/etc/passwd)", said)


@pytest.mark.parametrize("locale", ["en-US", "fr-FR", "de-DE"])
def test_a_comma_is_a_decimal_point_and_an_empty_box_changes_nothing(browser, served, locale):
    page = browser.new_page(locale=locale, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(served)
    page.wait_for_function(OPENED, arg="gaussians")

    def typed(text: str) -> float:
        page.locator(BOX).click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.press("Delete")
        assert page.evaluate("cfg.state.here().values.w") == w  # emptied: nothing changes
        page.keyboard.type(text)
        page.keyboard.press("Tab")
        return float(text.replace(",", ".") or w)

    w = 3
    for text in ("2,5", "-0,5", "4.25"):
        want = typed(text)
        page.wait_for_function("w => cfg.state.here().values.w === w", arg=want)
        w = want
    typed("")
    assert page.locator(BOX).input_value() == "4.25"
    assert page.evaluate("cfg.state.here().values.w") == 4.25
    page.close()
