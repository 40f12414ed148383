"""States of cameras, and the gaps of one, by hand."""

from __future__ import annotations

from datetime import date

import pytest

from reid.cameras.days import Span, gaps
from reid.cameras.states import CameraState, StateKind, state_of

TODAY = date(2026, 6, 15)


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.mark.parametrize(
    ("last", "was", "now", "out", "state"),
    [
        (date(2026, 6, 15), False, False, False, CameraState(StateKind.RUNNING, 0)),
        (date(2026, 6, 8), True, True, False, CameraState(StateKind.RUNNING, 7)),
        (date(2026, 6, 7), True, True, False, CameraState(StateKind.SILENT, 8)),
        (date(2026, 6, 7), True, False, False, CameraState(StateKind.DOWN, 8)),
        (date(2026, 6, 7), True, True, True, CameraState(StateKind.OUT, 8)),
        (date(2026, 6, 16), True, True, False, CameraState(StateKind.RUNNING, 0)),
        (None, True, True, False, CameraState(StateKind.NEW)),
        (None, False, False, False, CameraState(StateKind.NEW)),
    ],
)
def test_the_state_by_the_last_photograph_and_what_holds_today(
    last: date | None, was: bool, now: bool, out: bool, state: CameraState
) -> None:
    assert state_of(last, TODAY, was_deployed=was, is_deployed=now, is_out=out) == state


def test_an_outage_parts_a_gap_and_is_none() -> None:
    run, out = Span(march(1), march(31)), Span(march(10), march(12))
    found = gaps({march(1), march(20)}, [run], [out])
    assert found == [
        Span(march(2), march(9)),
        Span(march(13), march(19)),
        Span(march(21), march(31)),
    ]
    assert [gap.days for gap in found] == [8, 7, 11]


def test_nothing_outside_the_runs_and_nothing_shorter_is_a_gap() -> None:
    runs = [Span(march(20), march(25)), Span(march(1), march(8))]
    assert gaps({march(1)}, runs, []) == [Span(march(2), march(8))]
    assert gaps({march(1)}, runs, [], least=8) == []


def test_without_runs_a_camera_ran_from_its_first_photograph_to_its_last() -> None:
    assert gaps({march(1), march(14)}, [], []) == [Span(march(2), march(13))]
    assert gaps(set(), [], []) == []
