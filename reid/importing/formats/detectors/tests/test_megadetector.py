"""MegaDetector's output, as the format's own document shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats.base import SourceOptions
from reid.importing.formats.detectors import megadetector
from reid.importing.formats.detectors.entries import (
    BELOW_CONFIDENCE,
    NOTE_FAILED,
)
from reid.importing.formats.detectors.megadetector import NO_DETECTION, MegaDetectorSource
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.rows import (
    REMOVED,
    Area,
    Item,
    Note,
    Refusal,
    RefusalReason,
    Row,
    Skip,
    SourceProblem,
)
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

BOX = [0.1, 0.2, 0.3, 0.4]


def source(
    tmp_path: Path, *images: Any, version: Any = "1.4", **members: Any
) -> MegaDetectorSource:
    """Categories behind the images: the format promises no order."""
    document = {
        "images": images,
        "info": {"format_version": version, "detector": "md_v5a.0.0.pt"},
        "detection_categories": {"1": "animal", "2": "person", "3": "vehicle"},
        "classification_categories": {"0": "white-tailed deer", "1": "wild turkey", "2": "unknown"},
    } | members
    file = tmp_path / "detections.json"
    file.write_text(json.dumps(document, indent=1))
    return MegaDetectorSource(file, SourceOptions(finders={"camera": "^(?P<camera>[^/]+)/"}))


def items(tmp_path: Path, *images: Any, **members: Any) -> list[Item]:
    return list(source(tmp_path, *images, **members).items())


def animal(conf: float = 0.9, **fields: Any) -> dict[str, Any]:
    return {"category": "1", "conf": conf, "bbox": BOX} | fields


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1", 1.4])
def test_a_detection_is_a_row(tmp_path: Path, version: Any) -> None:
    entry = {"file": "oak\\a.jpg", "detections": [animal()], "failure": None}
    (row,) = items(tmp_path, entry, version=version)
    assert row == Row(
        line=3,
        path="oak/a.jpg",
        area=Area(0.1, 0.2, 0.3, 0.4, relative=True),
        classification=Classification.ANIMAL,
        confidence=0.9,
        camera="oak",
        label="animal",
        detector="md_v5a.0.0.pt",
    )


def test_people_and_vehicles_are_told(tmp_path: Path) -> None:
    detections = [animal(category="2"), animal(category="3")]
    rows = items(tmp_path, {"file": "a.jpg", "detections": detections})
    assert classes_of(*(row for row in rows if isinstance(row, Row))) == ["person", "vehicle"]


def test_a_likely_species_is_taken_and_an_unlikely_one_is_not(tmp_path: Path) -> None:
    detections = [
        animal(classifications=[["0", 0.6], ["1", 0.3]]),
        animal(classifications=[["1", 0.5]]),
        animal(classifications=[["0", 0.49]]),
        animal(classifications=[]),
        animal(category="2", classifications=[["0", 0.9]]),
    ]
    rows = items(tmp_path, {"file": "a.jpg", "detections": detections})
    assert classes_of(*(row for row in rows if isinstance(row, Row))) == [
        "unknown_deer", "turkey", "animal", "animal", "person",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [("White-tailed Deer", "unknown_deer"), ("mule deer", "unknown_deer"), ("domestic cow", "cattle"),
     ("coyote", "coyote"), ("elk", "other"), ("Unknown", "animal"), ("", "animal"), ("human", "person"),
     ("buck", "buck")],
)  # fmt: skip
def test_species_map_to_classes(tmp_path: Path, name: str, expected: str) -> None:
    detections = [animal(classifications=[["0", 0.9]])]
    entry = {"file": "a.jpg", "detections": detections}
    rows = items(tmp_path, entry, classification_categories={"0": name})
    assert classes_of(*(row for row in rows if isinstance(row, Row))) == [expected]


def test_unsure_boxes_and_unlisted_categories_are_skipped_and_the_photograph_stays(
    tmp_path: Path,
) -> None:
    detections = [animal(0.19), animal(category="7"), animal(0.2)]
    low, unlisted, good = items(tmp_path, {"file": "a.jpg", "detections": detections})
    assert (low, unlisted) == (Skip(BELOW_CONFIDENCE), Skip(NO_DETECTION))
    assert isinstance(good, Row)
    (_, empty) = items(tmp_path, {"file": "a.jpg", "detections": [animal(0.01)]})
    assert empty == Row(3, "a.jpg", None)
    assert items(tmp_path, {"file": "a.jpg", "detections": []}) == [Row(3, "a.jpg", None)]


def refused(item: Item) -> tuple[RefusalReason, str]:
    assert isinstance(item, Refusal)
    return item.reason, item.text


@pytest.mark.parametrize("detections", [{"detections": None}, {}, {"detections": []}])
def test_a_failure_is_a_photograph_that_nobody_has_looked_at_with_the_detectors_words(
    tmp_path: Path, detections: dict[str, Any]
) -> None:
    note, row = items(tmp_path, {"file": "a.jpg", "failure": "Failure image access"} | detections)
    text = "a.jpg: the detector failed: Failure image access"
    assert note == Note(NOTE_FAILED, text, 3, "a.jpg")
    assert row == Row(3, "a.jpg", None, failure="Failure image access")


def test_boxes_of_repeat_detection_elimination_are_skipped_and_the_photograph_stays(
    tmp_path: Path,
) -> None:
    """Case 10: the step turns the sign of the confidence of a branch or a rock."""
    first = {"file": "a.jpg", "detections": [animal(-0.926)]}
    second = {"file": "b.jpg", "detections": [animal(-0.41), animal(0.88)]}
    removed, empty, also_removed, row = items(tmp_path, first, second)
    assert (removed, also_removed) == (Skip(REMOVED), Skip(REMOVED))
    assert isinstance(empty, Row) and (empty.path, empty.area, empty.looked) == (
        "a.jpg",
        None,
        True,
    )
    assert isinstance(row, Row) and (row.path, row.confidence) == ("b.jpg", 0.88)


@pytest.mark.parametrize("sure", [-1.1, float("nan"), "-0.5", None, 1.0001, True])
def test_what_is_no_confidence_is_refused(tmp_path: Path, sure: Any) -> None:
    (item,) = items(tmp_path, {"file": "a.jpg", "detections": [animal(sure)]})
    assert refused(item)[0] is RefusalReason.ROW


VIDEO = {"file": "a.mp4", "frame_rate": 20, "frames_processed": [0, 20, 40]}


def test_boxes_of_a_video_are_on_its_frames_and_other_frames_of_it_are_blank(
    tmp_path: Path,
) -> None:
    boxes = [animal(frame_number=20), animal(0.7, frame_number=20), animal(frame_number=40)]
    rows = [
        item for item in items(tmp_path, VIDEO | {"detections": boxes}) if isinstance(item, Row)
    ]
    assert [(row.path, row.frame, row.confidence) for row in rows if row.area] == [
        ("a.mp4", 20, 0.9),
        ("a.mp4", 20, 0.7),
        ("a.mp4", 40, 0.9),
    ]
    assert [row.frame for row in rows if not row.area] == [0]


def test_a_video_without_a_box_has_blank_frames(tmp_path: Path) -> None:
    rows = [item for item in items(tmp_path, VIDEO | {"detections": []}) if isinstance(item, Row)]
    assert [(row.frame, row.area, row.looked) for row in rows] == [
        (number, None, True) for number in (0, 20, 40)
    ]


def test_where_each_category_has_one_frame_the_others_are_not_said_to_be_blank(
    tmp_path: Path,
) -> None:
    boxes = [animal(frame_number=20), animal(frame_number=40) | {"category": "2"}]
    rows = [
        item for item in items(tmp_path, VIDEO | {"detections": boxes}) if isinstance(item, Row)
    ]
    assert [(row.frame, row.area is None) for row in rows] == [(20, False), (40, False)]


def test_a_detection_that_names_no_frame_of_its_video_is_refused_alone(tmp_path: Path) -> None:
    boxes = [animal(), animal(frame_number="20"), animal(frame_number=-1), animal(frame_number=5)]
    *bad, good = items(tmp_path, {"file": "a.mp4", "frame_rate": 20, "detections": boxes})
    assert [refused(item)[0] for item in bad] == [RefusalReason.VIDEO] * 3
    assert isinstance(good, Row) and good.frame == 5


@pytest.mark.parametrize(
    "entry",
    [5, {"detections": []}, {"file": 7, "detections": []}, {"file": "a.jpg"}, {"file": "a.jpg", "detections": 3}],
)  # fmt: skip
def test_an_entry_that_is_none_is_refused(tmp_path: Path, entry: Any) -> None:
    bad, good = items(tmp_path, entry, {"file": "b.jpg", "detections": [animal()]})
    assert refused(bad)[0] is RefusalReason.ROW
    assert isinstance(good, Row)


@pytest.mark.parametrize(
    "broken",
    [{"bbox": [0.1, 0.2]}, {"bbox": None}, {"bbox": [0.1, 0.2, 1e9, 1]}, {"conf": "high"}, {"conf": 1.2},
     {"classifications": [["0"]]}],
)  # fmt: skip
def test_a_broken_detection_does_not_lose_its_neighbour(
    tmp_path: Path, broken: dict[str, Any]
) -> None:
    entry = {"file": "a.jpg", "detections": [animal() | broken, animal()]}
    bad, good = items(tmp_path, entry)
    assert refused(bad)[0] is RefusalReason.ROW
    assert isinstance(good, Row)


def test_the_line_is_where_the_entry_begins(tmp_path: Path) -> None:
    entry = {"file": "a.jpg", "detections": []}
    (first, second) = items(tmp_path, entry, entry)
    assert (first.line, second.line) == (3, 7)  # type: ignore[union-attr]


def problem(tmp_path: Path, *images: Any, **members: Any) -> str:
    with pytest.raises(SourceProblem) as raised:
        items(tmp_path, *images, **members)
    return str(raised.value)


@pytest.mark.parametrize("version", ["2.0", "0.9", "", "1.x", "11", "one"])
def test_another_version_is_refused(tmp_path: Path, version: str) -> None:
    expected = megadetector.BAD_VERSION.format(source="detections.json", version=version)
    assert problem(tmp_path, version=version) == expected
    assert "format_version ''" in problem(tmp_path, info=[])


@pytest.mark.parametrize("version", ["1.7", "1.12", 1.9])
def test_an_unknown_minor_version_is_read_with_a_note_that_names_it(
    tmp_path: Path, version: Any
) -> None:
    entry = {"file": "a.jpg", "detections": [animal()]}
    note, row = items(tmp_path, entry, version=version)
    assert isinstance(note, Note) and str(version) in note.text
    assert isinstance(row, Row)


def test_a_file_without_a_version_is_read_with_a_note(tmp_path: Path) -> None:
    """PytorchWildlife's files for Timelapse: save_detection_timelapse_json in microsoft/Biodiversity."""
    entry = {
        "file": "a.jpg",
        "max_detection_conf": 0.9,
        "detections": [
            {"category": "0", "conf": 0.9, "bbox": BOX, "classifications": [["0", 0.8]]}
        ],
    }
    note, row = items(
        tmp_path,
        entry,
        info={"detector": "megadetector_v5"},
        detection_categories={"0": "animal", "1": "person", "2": "vehicle"},
    )
    assert isinstance(note, Note) and "names no format_version" in note.text
    assert isinstance(row, Row) and classes_of(row) == [Classification.UNKNOWN_DEER]
    assert (row.label, row.detector) == ("white-tailed deer", "megadetector_v5")


def test_a_file_that_says_nothing_of_itself_is_read_with_a_note(tmp_path: Path) -> None:
    file_source = source(tmp_path, {"file": "a.jpg", "detections": [animal()]})
    whole = json.loads(file_source.file.read_text())
    del whole["info"]
    file_source.file.write_text(json.dumps(whole))
    note, row = file_source.items()
    assert isinstance(note, Note) and "names no format_version" in note.text
    assert isinstance(row, Row) and (row.path, row.detector) == ("a.jpg", "")


def test_what_is_no_megadetector_output_is_refused(tmp_path: Path) -> None:
    file_source = source(tmp_path)
    file_source.file.write_text('{"images": []}')
    with pytest.raises(SourceProblem, match="it has no detection_categories"):
        list(file_source.items())
    file_source.file.write_text('{"images": [')
    with pytest.raises(SourceProblem, match="the file ends in the middle"):
        list(file_source.items())
    file_source.file.write_text('{"images": [}')
    with pytest.raises(SourceProblem, match="this is not JSON"):
        list(file_source.items())
    file_source.file.write_bytes(b'{"info": "\xff"}')
    with pytest.raises(SourceProblem, match="cannot be read: it is no UTF-8 text"):
        list(file_source.items())


def test_a_file_that_a_shell_wrote_as_utf_16_is_read(tmp_path: Path) -> None:
    file_source = source(tmp_path, {"file": "gr\u00fcn.jpg", "detections": [animal()]})
    file_source.file.write_text(file_source.file.read_text(), encoding="utf-16")
    (row,) = file_source.items()
    assert isinstance(row, Row) and row.path == "gr\u00fcn.jpg"


def test_categories_may_be_missing_or_wrong_without_a_crash(tmp_path: Path) -> None:
    entry = {"file": "a.jpg", "detections": [animal(classifications=[["0", 0.9]])]}
    (row,) = items(tmp_path, entry, classification_categories=None)
    assert isinstance(row, Row) and classes_of(row) == [Classification.ANIMAL]
