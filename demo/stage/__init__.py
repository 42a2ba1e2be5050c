"""The stage: one persistent element that draws every live view in the browser."""

from demo.stage.component import CSS, Stage, head, markup

__all__ = ["CSS", "Stage", "head", "markup"]
