"""Days of a stretch and stretches of days, by hand."""

from __future__ import annotations

import doctest
from datetime import date

from reid.cameras import days


def test_examples_come_out_as_printed() -> None:
    assert doctest.testmod(days).failed == 0


def test_days_become_stretches_without_a_hole() -> None:
    second, third, fifth = (date(2026, 3, day) for day in (2, 3, 5))
    assert days.runs_of([second, third, fifth]) == [(second, third), (fifth, fifth)]
    assert days.runs_of([]) == []
