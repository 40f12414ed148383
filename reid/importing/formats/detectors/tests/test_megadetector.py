"""MegaDetector's output, as the format's own document shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats.detectors import megadetector
from reid.importing.formats.detectors.megadetector import (
    BELOW_CONFIDENCE,
    NO_DETECTION,
    VERSIONS,
    MegaDetectorSource,
)
from reid.importing.rows import Area, Item, Refusal, RefusalReason, Row, Skip, SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

BOX = [0.1, 0.2, 0.3, 0.4]


def source(
    tmp_path: Path, *images: Any, version: str = "1.4", **members: Any
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
    return MegaDetectorSource(file, {"camera": "^(?P<camera>[^/]+)/"})


def items(tmp_path: Path, *images: Any, **members: Any) -> list[Item]:
    return list(source(tmp_path, *images, **members).items())


def animal(conf: float = 0.9, **fields: Any) -> dict[str, Any]:
    return {"category": "1", "conf": conf, "bbox": BOX} | fields


@pytest.mark.parametrize("version", VERSIONS)
def test_a_detection_is_a_row(tmp_path: Path, version: str) -> None:
    entry = {"file": "oak\\a.jpg", "detections": [animal()], "failure": None}
    (row,) = items(tmp_path, entry, version=version)
    assert row == Row(
        line=3,
        path="oak/a.jpg",
        area=Area(0.1, 0.2, 0.3, 0.4, relative=True),
        confidence=0.9,
        camera="oak",
        label="animal",
        detector="md_v5a.0.0.pt",
    )


def test_people_and_vehicles_are_told(tmp_path: Path) -> None:
    detections = [animal(category="2"), animal(category="3")]
    rows = items(tmp_path, {"file": "a.jpg", "detections": detections})
    assert [row.label for row in rows if isinstance(row, Row)] == ["person", "vehicle"]


def test_a_likely_species_is_taken_and_an_unlikely_one_is_not(tmp_path: Path) -> None:
    detections = [
        animal(classifications=[["0", 0.6], ["1", 0.3]]),
        animal(classifications=[["1", 0.5]]),
        animal(classifications=[["0", 0.49]]),
        animal(classifications=[]),
        animal(category="2", classifications=[["0", 0.9]]),
    ]
    rows = items(tmp_path, {"file": "a.jpg", "detections": detections})
    assert [row.label for row in rows if isinstance(row, Row)] == [
        "white-tailed deer", "wild turkey", "animal", "animal", "person",
    ]  # fmt: skip


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
def test_a_failure_is_reported_with_the_detectors_words(
    tmp_path: Path, detections: dict[str, Any]
) -> None:
    (item,) = items(tmp_path, {"file": "a.jpg", "failure": "Failure image access"} | detections)
    assert refused(item) == (RefusalReason.DETECTOR, "the detector failed: Failure image access")


@pytest.mark.parametrize("field", [{"frame_rate": 20}, {"frames_processed": [0, 20]}])
def test_a_video_is_refused(tmp_path: Path, field: dict[str, Any]) -> None:
    (item,) = items(tmp_path, {"file": "a.mp4", "detections": [animal(frame_number=0)]} | field)
    assert refused(item)[0] is RefusalReason.VIDEO


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


def test_a_bad_flank_is_refused(tmp_path: Path) -> None:
    file_source = source(tmp_path, {"file": "a_top.jpg", "detections": []})
    file_source.options = {"flank": "_(?P<flank>[a-z]+)"}
    (item,) = file_source.items()
    assert refused(item)[0] is RefusalReason.ROW


def problem(tmp_path: Path, *images: Any, **members: Any) -> str:
    with pytest.raises(SourceProblem) as raised:
        items(tmp_path, *images, **members)
    return str(raised.value)


def test_another_version_is_refused(tmp_path: Path) -> None:
    expected = megadetector.BAD_VERSION.format(source="detections.json", version="2.0")
    assert problem(tmp_path, version="2.0") == expected
    assert "format_version ''" in problem(tmp_path, info=[])


def test_what_is_no_megadetector_output_is_refused(tmp_path: Path) -> None:
    file_source = source(tmp_path)
    file_source.file.write_text('{"images": []}')
    with pytest.raises(SourceProblem, match="it has no info"):
        list(file_source.items())
    file_source.file.write_text('{"images": [')
    with pytest.raises(SourceProblem, match="this is not JSON"):
        list(file_source.items())
    file_source.file.write_bytes(b'{"info": "\xff"}')
    with pytest.raises(SourceProblem, match="cannot be read"):
        list(file_source.items())


def test_categories_may_be_missing_or_wrong_without_a_crash(tmp_path: Path) -> None:
    entry = {"file": "a.jpg", "detections": [animal(classifications=[["0", 0.9]])]}
    (row,) = items(tmp_path, entry, classification_categories=None)
    assert isinstance(row, Row) and row.label == "animal"
