"""The trend figure: its marks, its axes, and its text for who cannot see it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date

import pytest

from analysis.monitoring.trend_figure import TrendPoint, trend_svg

SVG = "{http://www.w3.org/2000/svg}"
USUAL = TrendPoint(date(2025, 10, 2), 0.5, 100, 0.52, 0.4, 0.6, 0.1, 0.25, 0.55)
FALLEN = TrendPoint(date(2025, 10, 3), 0.3, 100, 0.52, 0.4, 0.6, 0.4, 0.25, 0.5)
FIRST = TrendPoint(date(2025, 10, 1), all=0.6, starts_baseline=True)


def drawn(*points: TrendPoint) -> ET.Element:
    return ET.fromstring(trend_svg(points))


def titles(drawing: ET.Element, shape: str) -> list[str | None]:
    marks = drawing.findall(f"{SVG}{shape}")
    return [title.text for mark in marks for title in mark.findall(f"{SVG}title")]


def words(drawing: ET.Element) -> list[str | None]:
    return [text.text for text in drawing.findall(f"{SVG}text")]


def test_each_judged_snapshot_is_a_dot_that_tells_its_figures():
    assert titles(drawn(FIRST, USUAL), "circle") == [
        "2025-10-02: 50.0% of 100, limits 40.0% and 60.0%",
        "2025-10-02: PSI 0.10, chance explains 0.25",
    ]


def test_an_alert_has_another_shape():
    drawing = drawn(FIRST, USUAL, FALLEN)
    assert [str(title)[:10] for title in titles(drawing, "polygon")] == ["2025-10-03"] * 2
    assert [str(title)[:10] for title in titles(drawing, "circle")] == ["2025-10-02"] * 2


def test_points_lie_where_their_figures_are():
    drawing = drawn(FIRST, USUAL)
    dots = [dot for dot in drawing.findall(f"{SVG}circle") if dot.findall(f"{SVG}title")]
    # The rate panel goes from 240 (0 %) up to 60 (100 %), PSI from 385 (0) up to 285 (0.4).
    assert [dot.attrib["cy"] for dot in dots] == ["150.0", "360.0"]
    assert [dot.attrib["cx"] for dot in dots] == ["736.0", "736.0"]


def test_a_large_psi_makes_room_for_itself():
    drawing = drawn(USUAL, TrendPoint(date(2025, 10, 3), psi=2.0, bound=0.3))
    highest = [dot for dot in drawing.findall(f"{SVG}polygon") if dot.findall(f"{SVG}title")]
    assert len(highest) == 1
    assert "2.0" in words(drawing)


def test_missing_limits_are_told_and_not_drawn():
    few = TrendPoint(date(2025, 10, 2), 0.0, 30, 0.1, None, 0.4)
    drawing = drawn(few)
    assert titles(drawing, "circle") == ["2025-10-02: 0.0% of 30, limits none and 40.0%"]
    assert not few.has_fallen


def test_the_baseline_is_named():
    assert "baseline" in words(drawn(FIRST))
    assert "baseline" not in words(drawn(USUAL))


def test_days_are_named_and_few():
    drawing = drawn(TrendPoint(date(2025, 1, 1), all=0.5), TrendPoint(date(2025, 12, 31), all=0.5))
    days = [text for text in words(drawing) if text and text.startswith("2025-")]
    assert days[0] == "2025-01-01"
    assert 4 <= len(days) <= 7


def test_nothing_is_no_picture():
    with pytest.raises(ValueError, match="no snapshot"):
        trend_svg(())
