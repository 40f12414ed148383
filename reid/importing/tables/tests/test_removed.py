"""Boxes in tables that were removed as ones that repeat, and other confidences beyond 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.importing.formats.base import SourceOptions
from reid.importing.formats.tables import generic
from reid.importing.rows import BAD_CONFIDENCE, REMOVED, Item, Refusal, Row, Skip
from reid.importing.tables import numbers

if TYPE_CHECKING:
    from pathlib import Path

BOX = "10,10,100,100"


def read(tmp_path: Path, *lines: str) -> list[Item]:
    text = "\n".join(("path,camera,x,y,width,height,confidence,species", *lines))
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    return list(generic.FORMAT.open(tmp_path / "table.csv", SourceOptions()).items())


def test_a_removed_box_is_left_out_and_its_photograph_stays_as_effort(tmp_path: Path) -> None:
    skip, row = read(tmp_path, f"a.jpg,North,{BOX},-0.926,deer")
    assert skip == Skip(REMOVED)
    assert row == Row(2, "a.jpg", None, camera="North")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_photograph_that_keeps_a_box_is_not_told_to_be_empty(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    lines = (f"a.jpg,North,{BOX},-0.926,deer", "a.jpg,North,200,200,50,50,0.8,deer")
    items = read(tmp_path, *(lines[place] for place in order))
    assert [item for item in items if not isinstance(item, Row)] == [Skip(REMOVED)]
    (row,) = (item for item in items if isinstance(item, Row))
    assert (row.area is None, row.confidence) == (False, 0.8)


def test_two_removed_boxes_are_one_photograph(tmp_path: Path) -> None:
    items = read(tmp_path, f"a.jpg,North,{BOX},-0.9,deer", "a.jpg,North,200,200,50,50,-0.4,deer")
    assert items[:2] == [Skip(REMOVED)] * 2
    assert [item.line for item in items[2:] if isinstance(item, Row)] == [2]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.91", 0.91), ("0,91", 0.91), ("91%", 0.91), ("91 %", 0.91), ("100%", 1.0), ("", 1.0),
     ("1.0000001192092896", 1.0), ("-0.4", -0.4), ("1", 1.0)],
)  # fmt: skip
def test_a_confidence_is_read_as_programs_write_it(text: str, value: float) -> None:
    assert numbers.sure(text) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("text", ["91", "100", "55,5"])
def test_percents_without_their_sign_are_refused_with_what_to_write(text: str) -> None:
    problem = BAD_CONFIDENCE.format(text=text)
    with pytest.raises(ValueError) as error:
        numbers.sure(text)
    assert str(error.value) == numbers.PERCENT.format(problem=problem)


@pytest.mark.parametrize("text", ["high", "nan", "-2", "101", "1e3", "101%", ".", "%"])
def test_what_is_no_confidence_is_refused(tmp_path: Path, text: str) -> None:
    (refusal,) = read(tmp_path, f"a.jpg,North,{BOX},{text},deer")
    assert isinstance(refusal, Refusal)
    assert refusal.text == BAD_CONFIDENCE.format(text=text)
