"""Drawings of a survey's report: circles where cameras stood, a scale that is true, a curve through its numbers."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace

import pytest

from exports.report.surveys import charts, numbers
from exports.tests.surveys import document


def cameras(count: int) -> tuple[numbers.SurveyCamera, ...]:
    return numbers.read(document(cameras=count)).cameras


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize(
    ("count", "scale"), [(1, "200 m"), (2, "100 m"), (6, "500 m"), (30, "500 m")]
)
def test_each_camera_has_its_number_beside_a_scale_and_north(count: int, scale: str) -> None:
    shown = texts(charts.effort_map(cameras(count)))
    assert {str(number) for number in range(1, count + 1)} <= set(shown)
    assert scale in shown
    assert "N" in shown


def test_a_map_names_no_coordinate() -> None:
    """Whoever has a link to the report learns how cameras stood to each other, and not where."""
    assert set(texts(charts.effort_map(cameras(4)))) == {"1", "2", "3", "4", "200 m", "N"}


def test_a_camera_that_never_ran_is_a_cross_and_one_without_a_place_keeps_its_number() -> None:
    first, second, third, fourth = cameras(4)
    svg = charts.effort_map([first, replace(second, place=None), replace(third, days=0), fourth])
    assert {"1", "3", "4"} <= set(texts(svg))
    assert "2" not in texts(svg)
    assert charts.effort_map([replace(first, days=0)])  # nothing ran at all


def test_the_same_survey_is_drawn_the_same() -> None:
    found = numbers.read(document(50, cameras=12, occasions=12))
    assert charts.accumulation(found) == charts.accumulation(found)
    assert charts.effort_map(found.cameras) == charts.effort_map(found.cameras)
    assert "Different deer so far" in texts(charts.accumulation(found))


def test_examples_come_out_as_printed() -> None:
    assert doctest.testmod(charts).failed == 0
