"""The views, in four chapters, in the order in which they are best met."""

from typing import Any, NamedTuple

from demo.view import View
from demo.views.cifar.view import VIEW as CIFAR
from demo.views.compare.view import VIEW as COMPARE
from demo.views.doubt.view import VIEW as DOUBT
from demo.views.field.view import VIEW as FIELD
from demo.views.gaussians.view import VIEW as GAUSSIANS
from demo.views.gradient.view import VIEW as GRADIENT
from demo.views.one_line.view import VIEW as ONE_LINE
from demo.views.process.view import VIEW as PROCESS
from demo.views.temperature.view import VIEW as TEMPERATURE
from demo.views.tradeoff.view import VIEW as TRADEOFF
from demo.views.train_it.view import VIEW as TRAIN_IT
from demo.views.truth.view import VIEW as TRUTH


class Chapter(NamedTuple):
    title: str
    sentence: str
    views: tuple[View[Any], ...]


CHAPTERS = (
    Chapter("See", "What one number, w, does to points, arrows and pictures.", (GAUSSIANS, FIELD, CIFAR)),
    Chapter("Make", "How noise becomes a sample, and what a network learns.", (PROCESS, TRAIN_IT, ONE_LINE)),
    Chapter("Doubt", "Is guidance what it is said to be?", (TRUTH, GRADIENT, DOUBT, TEMPERATURE)),
    Chapter("Choose", "Which guidance, and how much of it.", (COMPARE, TRADEOFF)),
)
VIEWS: tuple[View[Any], ...] = tuple(view for chapter in CHAPTERS for view in chapter.views)
