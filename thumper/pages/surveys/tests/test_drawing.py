"""Drawings of a survey by hand: days as shapes, and a curve that fits its axes."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from thumper.pages.surveys.drawing import CurveWords, DayKind, curve_svg, strip_svg, ticks

SVG = "{http://www.w3.org/2000/svg}"
WORDS = CurveWords(label="<new> deer", across="camera-days", up="deer")


def test_each_kind_of_day_is_one_path_of_its_own_height() -> None:
    days = [*[DayKind.RAN] * 2, DayKind.OUTAGE, *[DayKind.AWAY] * 2, DayKind.GAP, DayKind.RAN]
    drawing = ET.fromstring(strip_svg(days, "oak & elm"))
    paths = {path.get("class"): path.get("d") for path in drawing.iter(f"{SVG}path")}
    assert paths == {
        "ran": "M0 0h2v12h-2zM6 0h1v12h-1z",
        "out": "M2 4h1v4h-1z",
        "gap": "M5 5h1v2h-1z",
    }
    assert drawing.get("viewBox") == "0 0 7 12"
    assert drawing.get("aria-label") == "oak & elm"


def test_the_curve_begins_at_nothing_and_ends_at_the_corner() -> None:
    drawing = ET.fromstring(curve_svg([(20.0, 3), (40.0, 4)], WORDS))
    line = drawing.find(f"{SVG}polyline")
    assert line is not None
    assert line.get("points") == "46.0,230.0 337.0,80.0 628.0,30.0"
    assert len(drawing.findall(f"{SVG}circle")) == 2
    assert drawing.get("aria-label") == "<new> deer"


def test_a_curve_of_nothing_lies_on_the_axis() -> None:
    drawing = ET.fromstring(curve_svg([(0.0, 0)], WORDS))
    line = drawing.find(f"{SVG}polyline")
    assert line is not None
    assert line.get("points") == "46.0,230.0 46.0,230.0"


@pytest.mark.parametrize(
    ("most", "expected"),
    [(1, [0, 1]), (5, [0, 1, 2, 3, 4, 5]), (6, [0, 2, 4, 6]), (300, [0, 100, 200, 300])],
)
def test_ticks_are_whole_and_few(most: float, expected: list[int]) -> None:
    assert ticks(most) == expected
