"""A mixture goes along from view to view: what takes it there, what says that it is there, and the way back."""

from __future__ import annotations

from typing import Any

from demo.view import View

WHERE = {"truth": "Target & truth", "compare": "Compare", "train": "Train it", "code": "One line"}
BACK = (
    '<p class="own-mixture">These classes are a mixture of your own. '
    '<button type="button" data-do="figure">Back to the three Gaussians</button></p>'
)


def menu(view: View[Any]) -> str:
    """Where this view's mixture may be taken, as HTML; nothing in views that only take one."""
    if not view.lends:
        return ""
    buttons = " · ".join(f'<button type="button" data-take="{name}">{title}</button>' for name, title in WHERE.items())
    return f'<p class="take">Take this mixture to: {buttons}</p>'
