"""Links worked by hand: two animals on a meadow, distinguished by vectors in the plane."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from reid.grouping.frame_links import LONGEST, FrameDeer, TimedFrame, chains, overlap
from reid.tests.make import unit

LEFT, RIGHT, FAR = (0, 0, 100, 100), (200, 0, 100, 100), (600, 0, 100, 100)
ANN, BEN = (1.0, 0.2), (0.2, 1.0)


def deer(key: str, box: tuple[int, int, int, int], way: Any, name: str = "doe") -> FrameDeer[str]:
    return FrameDeer(key, box, name, None if way is None else unit(*way))


def frame(seconds: float, *deer_boxes: FrameDeer[str]) -> TimedFrame[str]:
    return TimedFrame(seconds, deer_boxes)


def linked(*frames: TimedFrame[str]) -> set[tuple[str, ...]]:
    return {tuple(chain) for chain in chains(frames)}


def moved(box: tuple[int, int, int, int], by: int) -> tuple[int, int, int, int]:
    return (box[0] + by, *box[1:])


def test_overlap_is_intersection_over_union() -> None:
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap((0, 0, 10, 10), (10, 0, 10, 10)) == 0
    assert overlap((0, 0, 10, 10), (2, 2, 5, 5)) == pytest.approx(25 / 100)


def test_two_animals_that_stay_are_two_chains() -> None:
    frames = [
        frame(10 * n, deer(f"a{n}", moved(LEFT, 20 * n), ANN), deer(f"b{n}", RIGHT, BEN))
        for n in range(3)
    ]
    assert linked(*frames) == {("a0", "a1", "a2"), ("b0", "b1", "b2")}


def test_animals_that_changed_places_are_left_open() -> None:
    first = frame(0, deer("a0", LEFT, ANN), deer("b0", RIGHT, BEN))
    second = frame(10, deer("b1", LEFT, BEN), deer("a1", RIGHT, ANN))
    assert linked(first, second) == set()


def test_one_that_comes_where_another_has_left_is_left_open() -> None:
    first = frame(0, deer("a0", LEFT, ANN), deer("b0", RIGHT, BEN))
    alone = frame(10, deer("a1", LEFT, ANN))
    other = frame(20, deer("c2", LEFT, BEN))
    assert linked(first, alone, other) == {("a0", "a1")}


def test_a_place_without_a_likeness_and_a_likeness_without_a_place_are_no_links() -> None:
    first = frame(0, deer("a0", LEFT, ANN), deer("b0", RIGHT, BEN))
    assert linked(first, frame(10, deer("a1", FAR, ANN), deer("b1", RIGHT, BEN))) == {("b0", "b1")}
    assert linked(first, frame(LONGEST + 1, deer("a1", LEFT, ANN))) == set()
    assert linked(first, frame(LONGEST, deer("a1", LEFT, ANN))) == {("a0", "a1")}


def test_ties_and_what_was_not_embedded_are_left_open() -> None:
    first = frame(0, deer("a0", LEFT, ANN), deer("b0", RIGHT, BEN))
    twins = frame(10, deer("a1", moved(LEFT, 5), ANN), deer("c1", moved(LEFT, -5), ANN))
    assert linked(first, twins) == set()
    assert linked(first, frame(10, deer("a1", LEFT, None), deer("b1", RIGHT, BEN))) == {
        ("b0", "b1")
    }


def test_a_buck_is_no_doe() -> None:
    first = frame(0, deer("a0", LEFT, ANN, "buck"), deer("b0", RIGHT, BEN))
    second = frame(10, deer("a1", LEFT, ANN, "doe"), deer("b1", RIGHT, BEN, "unknown_deer"))
    assert linked(first, second) == {("b0", "b1")}


def test_where_no_frame_holds_two_there_is_no_measure_and_no_link() -> None:
    assert linked(frame(0, deer("a0", LEFT, ANN)), frame(10, deer("a1", LEFT, ANN))) == set()
    assert linked() == set()


def test_no_chain_holds_two_boxes_of_one_frame() -> None:
    boxes = [LEFT, moved(LEFT, 40), moved(LEFT, 80), RIGHT]
    ways = [ANN, BEN, (1.0, 1.0), (1.0, 0.9)]
    for order in itertools.permutations(range(4)):
        frames = [
            frame(10 * n, *(deer(f"{n}{i}", boxes[i], ways[order[i] if n % 2 else i]) for i in range(4)))
            for n in range(4)
        ]  # fmt: skip
        for chain in chains(frames):
            numbers = [key[0] for key in chain]
            assert len(set(numbers)) == len(numbers)
            assert numbers == sorted(numbers)
