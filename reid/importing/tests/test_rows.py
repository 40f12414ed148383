"""Options that say where a value comes from, and areas that become boxes."""

from __future__ import annotations

import pytest

from reid.imaging.crops import Box
from reid.importing import finders, rows
from reid.importing.finders import Finder, Finders
from reid.importing.rows import Area, SourceProblem, confidence

COLUMNS = frozenset({"path", "camera", "site"})


def finder(text: str, columns: frozenset[str] | None = COLUMNS) -> Finder:
    return Finder.parse("camera", text, columns, "file.csv")


def test_a_name_is_a_column() -> None:
    assert finder("site").find({"site": " oak ", "camera": "x"}, "p") == "oak"


def test_the_column_of_the_same_name_needs_no_option() -> None:
    assert finder("").find({"camera": "oak"}, "p") == "oak"
    assert finder("", frozenset({"path"})).find({"camera": "oak"}, "p") == ""


def test_a_pattern_reads_the_path_where_the_column_is_blank() -> None:
    by_folder = finder(r"^(?P<camera>[^/]+)/")
    assert by_folder.find({"camera": ""}, "oak/1.jpg") == "oak"
    assert by_folder.find({"camera": "elm"}, "oak/1.jpg") == "elm"
    assert by_folder.find({"camera": ""}, "1.jpg") == ""
    assert finder(r"(?P<camera>\d+)?\.jpg", None).find({}, "a.jpg") == ""


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (
            "no_such",
            COLUMNS,
            finders.NO_COLUMN.format(option="--camera", name="no_such", source="file.csv"),
        ),
        (
            "site",
            None,
            finders.NO_COLUMNS.format(
                option="--camera", name="site", source="file.csv", group="camera"
            ),
        ),
        ("(?P<site>.)", COLUMNS, finders.NO_GROUP.format(option="--camera", group="camera")),
    ],
)
def test_an_option_that_can_find_nothing_is_refused(
    text: str, columns: frozenset[str] | None, message: str
) -> None:
    with pytest.raises(SourceProblem) as problem:
        finder(text, columns)
    assert str(problem.value) == message


def test_a_broken_pattern_is_refused() -> None:
    with pytest.raises(SourceProblem, match="--camera is no pattern"):
        finder("(?P<camera>")


def test_a_flank_is_one_of_five() -> None:
    finders = Finders.parse({"flank": "(?P<flank>[a-z]+)$"}, None, "folder")
    assert finders.values({}, "1_LEFT")["flank"] == "unknown"
    assert finders.values({}, "1_left")["flank"] == "left"
    by_column = Finders.parse({"flank": "side"}, frozenset({"side"}), "table.csv")
    with pytest.raises(ValueError) as error:
        by_column.values({"side": "top"}, "1_left")
    assert str(error.value) == rows.BAD_FLANK.format(text="top")


@pytest.mark.parametrize("value", [-0.01, 1.01, "nan", "inf", "high"])
def test_a_confidence_is_between_0_and_1(value: object) -> None:
    with pytest.raises(ValueError) as error:
        confidence(value)
    assert str(error.value) == rows.BAD_CONFIDENCE.format(text=value)


@pytest.mark.parametrize(("value", "text"), [(None, "null"), ({"a": 1}, '{"a": 1}'), ([], "[]")])
def test_what_is_no_number_is_shown_as_its_file_has_it(value: object, text: str) -> None:
    with pytest.raises(ValueError) as error:
        confidence(value)
    assert str(error.value) == rows.BAD_CONFIDENCE.format(text=text)


def test_what_rounding_adds_to_1_is_1() -> None:
    assert confidence(1.0000001192092896) == 1.0


def test_confidences_at_the_ends_are_good() -> None:
    assert (confidence("0"), confidence(1), confidence(0.25)) == (0.0, 1.0, 0.25)


def test_an_area_becomes_whole_pixels_edge_by_edge() -> None:
    assert Area(0.5, 0.25, 0.25, 0.5, relative=True).box((101, 40)) == Box(50, 10, 26, 20)
    assert Area(1.4, 1.6, 10, 10).box((101, 40)) == Box(1, 2, 10, 10)
    left, right = Area(0, 0, 0.333, 1, relative=True), Area(0.333, 0, 0.667, 1, relative=True)
    assert left.box((100, 9)).width + right.box((100, 9)).width == 100


def test_a_text_is_storable_once_halves_of_characters_are_spelled_out() -> None:
    assert rows.storable("Pe\u00f1a \U0001f98c") == "Pe\u00f1a \U0001f98c"
    assert rows.storable("\ud800.jpg a\0b") == "\\ud800.jpg a\\x00b"
    assert rows.storable("abc", 2) == "ab"


def test_the_sentence_about_a_source_can_be_printed() -> None:
    assert str(SourceProblem("Pe\u00f1a.csv names \x1b[2J\0 and \ud800")) == (
        "Pe\u00f1a.csv names ?[2J? and ?"
    )
