"""The list of Microsoft's megadetector command, as microsoft/MegaDetector docs/output_format.md shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reid.importing.formats.detectors.tests.files import read, refusals, rows, skips
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.rows import Area

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.rows import Item

EXAMPLE: list[Any] = [
    {
        "file": "images/IMG_0001.jpg",
        "detections": [
            {"category": "animal", "confidence": 0.93, "bbox": [102.4, 88.1, 540.7, 470.2]},
            {"category": "person", "confidence": 0.81, "bbox": [12.0, 40.5, 96.3, 510.9]},
        ],
    },
    {"file": "images/IMG_0002.jpg", "detections": []},
]


def items(tmp_path: Path, document: Any) -> list[Item]:
    return read(tmp_path, document, "megadetector-list")


def test_the_published_example_is_read(tmp_path: Path) -> None:
    animal, person, empty = rows(items(tmp_path, EXAMPLE))
    assert (animal.path, *classes_of(animal), animal.confidence) == (
        "images/IMG_0001.jpg", "animal", 0.93,
    )  # fmt: skip
    assert animal.area and animal.area.box((640, 480)).x == 102
    assert animal.area.box((640, 480)).width == 541 - 102
    assert (*classes_of(person), person.detector) == ("person", "MegaDetector 6")
    assert (empty.path, empty.area, empty.looked) == ("images/IMG_0002.jpg", None, True)


def test_a_class_of_no_name_is_an_animal(tmp_path: Path) -> None:
    box = {"category": "unknown", "confidence": 0.9, "bbox": [0, 0, 5, 5]}
    (row,) = rows(items(tmp_path, [{"file": "a.jpg", "detections": [box]}]))
    assert (*classes_of(row), row.area) == ("animal", Area(0, 0, 5, 5))


def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    box = {"category": "animal", "confidence": 0.9, "bbox": [0, 0, 5]}
    low = {"category": "animal", "confidence": 0.1, "bbox": [0, 0, 5, 5]}
    found = items(
        tmp_path,
        [
            *EXAMPLE,
            {"file": "a.jpg", "detections": [box, low]},
            {"file": "b.jpg"},
            {"detections": []},
            3,
        ],
    )
    assert [path for path, _ in refusals(found)] == ["a.jpg", "b.jpg", "", ""]
    assert len(skips(found)) == 1
