"""Curvature of a log-likelihood at its maximum, by central differences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def hessian(
    function: Callable[[NDArray[np.float64]], float],
    at: NDArray[np.float64],
    step: float = 1e-3,
) -> NDArray[np.float64]:
    """Second derivatives, shape (p, p). Source: Abramowitz and Stegun 25.3.23 and 25.3.26, error of order step^2."""
    size = len(at)
    steps = step * np.maximum(1.0, np.abs(at)) * np.eye(size)
    middle = function(at)
    result = np.empty((size, size))
    for i in range(size):
        up, down = function(at + steps[i]), function(at - steps[i])
        result[i, i] = (up - 2 * middle + down) / steps[i, i] ** 2
        for j in range(i):
            corners = (
                function(at + steps[i] + steps[j])
                - function(at + steps[i] - steps[j])
                - function(at - steps[i] + steps[j])
                + function(at - steps[i] - steps[j])
            )
            result[i, j] = result[j, i] = corners / (4 * steps[i, i] * steps[j, j])
    return result
