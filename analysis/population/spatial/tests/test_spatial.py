"""The spatial likelihood agrees with one written out animal by animal, and finds what herds were simulated with."""

from __future__ import annotations

from math import exp, log, log1p
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.population.histories import NotEstimable, SpatialHistory
from analysis.population.spatial.fit import SpatialFit, fit
from analysis.population.spatial.likelihood import Detectors, Likelihood, Shape
from analysis.population.spatial.state_space import StateSpace, around, distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACES = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
SPACE = StateSpace(np.array([[10.0, 20.0], [60.0, 50.0], [-30.0, 90.0], [150.0, 10.0]]), 0.25)
EFFORT = np.array([[1.0, 1.0, 0.5], [1.0, 0.0, 1.0], [1.0, 1.0, 0.5]])
ONCE = np.array([[[1, 0, 0], [0, 0, 1], [0, 1, 0]], [[0, 0, 0], [1, 0, 0], [0, 0, 0]]])
TWICE = np.array([[[1, 0, 1], [0, 0, 1], [0, 1, 0]], [[0, 0, 0], [1, 0, 0], [0, 0, 0]]])
SIZE, SIGMA, DENSITY = 0.3, 70.0, 2.0


def chance(d: float, shape: Shape) -> float:
    return SIZE * (exp(-(d**2) / (2 * SIGMA**2)) if shape is Shape.HALF_NORMAL else exp(-d / SIGMA))


def of_captures(
    animal: NDArray[np.int64], point: NDArray[np.float64], kind: Detectors, shape: Shape
) -> float:
    """Probability of one animal's captures with its centre at `point`, occasion by occasion."""
    result = 1.0
    for occasion, row in zip(animal, EFFORT, strict=True):
        p = [chance(float(np.hypot(*(place - point))), shape) for place in PLACES]
        if kind is Detectors.COUNT:
            means = [value * effort for value, effort in zip(p, row, strict=True)]
        else:
            means = [-log1p(-value) * effort for value, effort in zip(p, row, strict=True)]
        if kind is Detectors.MULTI:
            missed = exp(-sum(means))
            caught = np.flatnonzero(occasion)
            result *= (1 - missed) * means[caught[0]] / sum(means) if len(caught) else missed
        elif kind is Detectors.PROXIMITY:
            for hit, mean in zip(occasion, means, strict=True):
                result *= 1 - exp(-mean) if hit else exp(-mean)
        else:
            for hits, mean in zip(occasion, means, strict=True):
                result *= exp(-mean) * mean ** int(hits) / (1, 1, 2)[int(hits)]
    return result


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("kind", Detectors)
def test_the_likelihood_is_the_one_that_is_written_out(kind: Detectors, shape: Shape) -> None:
    captures = {Detectors.MULTI: ONCE, Detectors.PROXIMITY: TWICE, Detectors.COUNT: 2 * TWICE}[kind]
    nothing = np.zeros((3, 3), np.int64)
    area = SPACE.cell * sum(1 - of_captures(nothing, point, kind, shape) for point in SPACE.points)
    expected = len(captures) * log(DENSITY) - DENSITY * area
    for animal in captures:
        expected += log(SPACE.cell * sum(of_captures(animal, x, kind, shape) for x in SPACE.points))
    likelihood = Likelihood(SpatialHistory(captures, PLACES, EFFORT), SPACE, kind, shape)
    size = log(SIZE) if kind is Detectors.COUNT else log(SIZE / (1 - SIZE))
    found = likelihood(np.array([log(DENSITY), size, log(SIGMA)]))
    assert found == pytest.approx(expected, abs=1e-9)


def test_an_animal_far_from_its_detector_is_as_unlikely_as_it_is() -> None:
    """At 40 sigma a half-normal is e^-800, less than any number that a computer holds; at 35 it is e^-612.5."""
    places = np.array([[0.0, 0.0], [35 * SIGMA, 0.0]])
    captures = np.array([[[1, 1]]])
    point = StateSpace(np.array([[0.0, 0.0]]), 1.0)
    history = SpatialHistory(captures, places, np.ones((1, 2)))
    likelihood = Likelihood(history, point, Detectors.PROXIMITY, Shape.HALF_NORMAL)
    conditional, _ = likelihood.parts(np.array([log(SIZE / (1 - SIZE)), log(SIGMA)]))
    assert conditional[0] == pytest.approx(2 * log(SIZE) - 35**2 / 2)


def test_the_state_space_is_a_grid_within_the_buffer() -> None:
    space = around(np.array([[0.0, 0.0]]), 100.0, 50.0)
    assert sorted(map(tuple, space.points.tolist())) == [
        *(
            (-75.0, -25.0),
            (-75.0, 25.0),
            (-25.0, -75.0),
            (-25.0, -25.0),
            (-25.0, 25.0),
            (-25.0, 75.0),
        ),
        *((25.0, -75.0), (25.0, -25.0), (25.0, 25.0), (25.0, 75.0), (75.0, -25.0), (75.0, 25.0)),
    ]
    assert space.area == pytest.approx(12 * 0.25)


def test_the_state_space_of_a_camera_with_a_wrong_place_is_no_larger_than_another() -> None:
    """One at 0 degrees north, 0 east, 11,000 km from the ranch: the grid between would have taken tens of gigabytes."""
    far = around(np.array([[0.0, 0.0], [300.0, 0.0], [1e7, -3e6]]), 1000.0, 125.0)
    near = around(np.array([[0.0, 0.0], [300.0, 0.0]]), 1000.0, 125.0)
    alone = around(np.array([[0.0, 0.0]]), 1000.0, 125.0)
    assert far.area == pytest.approx(near.area + alone.area, rel=0.05)


def test_distances_are_in_metres() -> None:
    assert distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])).tolist() == [[5.0]]


def grid(side: int, spacing: float) -> NDArray[np.float64]:
    axis = np.arange(side) * spacing
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype(float)


def simulated(
    generator: np.random.Generator, *, density: float = 0.2, sigma: float = 150.0, g0: float = 0.15
) -> SpatialHistory:
    """A herd of `density` a hectare around 25 cameras, 200 m apart, 10 occasions; a third of the camera nights are lost."""
    places, occasions = grid(5, 200.0), 10
    low, high = -5 * sigma, 800.0 + 5 * sigma
    animals = generator.poisson(density * (high - low) ** 2 / 10_000)
    centres = generator.uniform(low, high, (animals, 2))
    chances = g0 * np.exp(-(distances(centres, places) ** 2) / (2 * sigma**2))
    effort = (generator.random((occasions, len(places))) < 2 / 3).astype(float)
    seen = (generator.random((animals, occasions, len(places))) < chances[:, None, :]) & (
        effort > 0
    )
    captures = seen[seen.any(axis=(1, 2))].astype(np.int64)
    return SpatialHistory(captures, places, effort)


def true_value_is_covered(result: SpatialFit) -> bool:
    low, high = result.interval
    return low <= 0.2 <= high


@pytest.mark.parametrize(
    "herds", [5, pytest.param(200, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_the_density_of_simulated_herds_is_found(herds: int) -> None:
    """Lost nights are no nights without deer: counted as such, the density would come out a third too low."""
    generator = np.random.default_rng(16)
    results = [fit(simulated(generator)) for _ in range(herds)]
    mean = float(np.mean([result.density for result in results]))
    assert mean == pytest.approx(0.2, rel=0.2 if herds == 5 else 0.05)
    covered = sum(map(true_value_is_covered, results))
    assert covered >= (3 if herds == 5 else 180)  # fewer by chance in one of a thousand


def test_the_coefficients_are_those_that_the_herd_was_made_with() -> None:
    result = fit(simulated(np.random.default_rng(3), density=0.5))
    assert result.sigma == pytest.approx(150, rel=0.15)
    assert result.effective_area * result.density == pytest.approx(
        simulated(np.random.default_rng(3), density=0.5).animals
    )


def test_without_recaptures_there_is_no_density() -> None:
    captures = np.array([[[1, 0, 0]], [[0, 1, 0]]])
    with pytest.raises(NotEstimable, match="captured twice"):
        fit(SpatialHistory(captures, PLACES, np.ones((1, 3))))


def test_without_movement_there_is_no_density() -> None:
    captures = np.array([[[1, 0, 0], [1, 0, 0]], [[0, 1, 0], [0, 0, 0]]])
    with pytest.raises(NotEstimable, match="two cameras"):
        fit(SpatialHistory(captures, PLACES, np.ones((2, 3))))


def test_captures_that_do_not_grow_rarer_with_distance_give_no_density() -> None:
    """Twenty deer, each as often at any camera as at any other."""
    generator = np.random.default_rng(3)
    places = np.stack(np.meshgrid(np.arange(4) * 300.0, np.arange(4) * 300.0), -1).reshape(-1, 2)
    captures = (generator.random((20, 10, len(places))) < 0.06).astype(np.int64)
    with pytest.raises(NotEstimable, match="rarer with distance"):
        fit(SpatialHistory(captures, places, np.ones((10, len(places)))))
