"""Motion between small grey pictures: what is taken, on scenes that are made by hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reid.video.motion import CELLS, HEIGHT, LEVELS, STRIP, WIDTH, Motion, differs

Grey = npt.NDArray[np.uint8]
EMPTY = np.full((HEIGHT, WIDTH), 100, np.uint8)


def spot(row: int, column: int, cells: int = CELLS, by: int = LEVELS + 1) -> Grey:
    """The empty scene with some cells of one row brighter."""
    picture = EMPTY.copy()
    picture[row, column : column + cells] += np.uint8(by)
    return picture


def test_a_spot_moves_from_the_least_size_and_brightness_on() -> None:
    assert differs(EMPTY, spot(20, 10))
    assert not differs(EMPTY, spot(20, 10, cells=CELLS - 1))
    assert not differs(EMPTY, spot(20, 10, by=LEVELS))


def test_light_that_changes_everywhere_is_no_motion() -> None:
    assert not differs(EMPTY, EMPTY + np.uint8(60))
    assert differs(EMPTY + np.uint8(60), spot(20, 10))


def test_the_running_time_that_a_camera_writes_at_an_edge_is_no_motion() -> None:
    assert not differs(EMPTY, spot(STRIP - 1, 10, cells=20))
    assert not differs(EMPTY, spot(HEIGHT - STRIP, 10, cells=20))
    assert differs(EMPTY, spot(STRIP, 10, cells=20))


def test_the_first_frame_and_those_with_something_are_taken() -> None:
    """Nothing, nothing, an animal at two places, nothing: the scene after it differs from the animal's frame."""
    frames = [EMPTY, EMPTY, spot(20, 10), spot(20, 40), EMPTY, EMPTY, EMPTY]
    assert Motion().chosen(frames) == [True, False, True, True, True, False, False]


def test_an_animal_that_stands_still_and_leaves_is_on_the_first_frame() -> None:
    """It stands in most frames, so that the median has it: the frames without it are those that differ."""
    there = spot(20, 10)
    assert Motion().chosen([there, there, there, EMPTY, EMPTY]) == [True, False, False, True, True]


def test_a_stretch_goes_on_with_the_last_frame_of_the_one_before() -> None:
    motion = Motion()
    assert motion.chosen([EMPTY, EMPTY]) == [True, False]
    assert motion.chosen([EMPTY, EMPTY]) == [False, False]
    assert motion.chosen([spot(20, 10)]) == [True]
    assert motion.chosen([]) == []
