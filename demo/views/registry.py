"""The views, in the order of their tabs."""

from typing import Any

from demo.view import View
from demo.views.cifar.view import VIEW as CIFAR
from demo.views.compare.view import VIEW as COMPARE
from demo.views.field.view import VIEW as FIELD
from demo.views.gaussians.view import VIEW as GAUSSIANS
from demo.views.process.view import VIEW as PROCESS
from demo.views.temperature.view import VIEW as TEMPERATURE
from demo.views.tradeoff.view import VIEW as TRADEOFF
from demo.views.truth.view import VIEW as TRUTH

VIEWS: tuple[View[Any], ...] = (GAUSSIANS, FIELD, CIFAR, COMPARE, TRUTH, TRADEOFF, TEMPERATURE, PROCESS)
