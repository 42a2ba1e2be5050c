"""The views, in the order of their tabs."""

from typing import Any

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

VIEWS: tuple[View[Any], ...] = (
    GAUSSIANS,
    FIELD,
    CIFAR,
    COMPARE,
    TRAIN_IT,
    GRADIENT,
    DOUBT,
    TRUTH,
    TRADEOFF,
    TEMPERATURE,
    PROCESS,
    ONE_LINE,
)
