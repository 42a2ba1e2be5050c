"""The page of "One line": the code panel beside the stage; one handler writes both."""

from __future__ import annotations

import json
from typing import Any

from demo import tab
from demo.tab import SWEEPS, named, told
from demo.view import View
from demo.views.one_line.code_panel import CodePanel
from demo.views.one_line.settings import OneLine
from demo.views.one_line.snippets import lines, notebook, weight_line

ASKS = tuple(OneLine.fields())
SET_W = "(w) => { window.cfg.code.set(Number(w)); }"


def panel_value(view: View[OneLine], s: OneLine) -> str:
    """What the code panel shows for these settings."""
    value = {
        "lines": [[line.text, line.mark, line.was] for line in lines(s)],
        "w": s.w,
        "slider": view.elem_id("w"),
        "template": weight_line(),
        "notebook": notebook(s),
        "name": f"guidance_{s.step}_{s.model}.ipynb",
    }
    return json.dumps(value, separators=(",", ":"))


class Page(tab.Page[OneLine]):
    """The script beside what it samples."""

    def main(self) -> None:
        first = panel_value(self.view, self.view.settings())  # there at once
        self.panel = CodePanel(value=first, elem_id="code-panel")
        super().main()

    def wire(self) -> None:
        ((drawing, stage, message),), view, controls = self.stages, self.view, self.controls

        def write(*values: Any) -> tuple[Any, ...]:
            """The values of the code panel and the stage."""

            def both() -> list[str]:
                s = controls.settings(ASKS, values)
                return [panel_value(view, s), view.value(drawing, s)]

            return told(2, both)

        w, inputs, outputs = controls.made["w"], controls.inputs(ASKS), [self.panel, stage, message]
        w.change(None, w, None, js=SET_W)
        stage.ask(named(write, ASKS, controls.fields), inputs, outputs, trigger_mode="always_last", api_name="code",
                  **SWEEPS)  # fmt: skip
