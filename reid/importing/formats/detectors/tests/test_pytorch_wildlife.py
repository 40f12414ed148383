"""PytorchWildlife's JSON, as its post_process.py in microsoft/Biodiversity writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats.detectors.entries import BELOW_CONFIDENCE
from reid.importing.formats.detectors.pytorch_wildlife import DOTS, UNEVEN
from reid.importing.formats.detectors.tests.files import read, refusals, rows, skips
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.rows import Area, Row
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.rows import Item

NAMES = {"0": "animal", "1": "person", "2": "vehicle"}


def detected(**fields: Any) -> dict[str, Any]:
    """An entry of save_detection_json."""
    return {
        "img_id": "demo/imgs\\10050028_0.JPG",
        "bbox": [[570, 180, 770, 480], [10, 20, 30, 40]],
        "category": [0, 1],
        "confidence": [0.9247, 0.1],
    } | fields


def items(tmp_path: Path, *annotations: Any, **members: Any) -> list[Item]:
    document = {"annotations": annotations, "categories": NAMES} | members
    return read(tmp_path, document, "pytorch-wildlife")


def test_boxes_are_corners_in_pixels(tmp_path: Path) -> None:
    row, unsure = items(tmp_path, detected())
    assert row == Row(
        line=3,
        path="demo/imgs/10050028_0.JPG",
        area=Area(570, 180, 200, 300),
        classification=Classification.ANIMAL,
        confidence=0.9247,
        label="animal",
        detector="PytorchWildlife",
    )
    assert skips([unsure]) == [BELOW_CONFIDENCE]


@pytest.mark.parametrize("names", [None, {}, NAMES, list(NAMES.values())])
def test_the_classes_are_megadetectors_where_the_file_names_none(
    tmp_path: Path, names: Any
) -> None:
    found = rows(items(tmp_path, detected(confidence=[0.9, 0.9]), categories=names))
    assert classes_of(*found) == ["animal", "person"]


def test_a_classifiers_species_goes_to_its_box(tmp_path: Path) -> None:
    """An entry of save_detection_classification_json."""
    entry = {
        "img_id": "a.jpg",
        "bbox": [[0, 0, 9, 9], [10, 10, 19, 19], [20, 20, 29, 29]],
        "det_category": [0, 0, 1],
        "det_confidence": [0.9, 0.8, 0.7],
        "clf_category": [1, 0],
        "clf_confidence": [0.95, 0.3],
    }
    document = {
        "annotations": [entry],
        "det_categories": NAMES,
        "clf_categories": {"0": "Cow", "1": "White-tailed deer"},
    }
    found = rows(read(tmp_path, document, "pytorch-wildlife"))
    assert [(*classes_of(row), row.label) for row in found] == [
        ("unknown_deer", "White-tailed deer"), ("animal", "animal"), ("person", "person"),
    ]  # fmt: skip


def test_a_photograph_without_boxes_is_effort(tmp_path: Path) -> None:
    (row,) = items(tmp_path, detected(bbox=[], category=[], confidence=[]))
    assert isinstance(row, Row) and row.area is None and row.looked


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"category": [0]}, UNEVEN), ({"bbox": None}, UNEVEN), ({"confidence": 0.9}, UNEVEN),
     ({"clf_category": [1], "clf_confidence": []}, UNEVEN)],
)  # fmt: skip
def test_lists_that_do_not_fit_are_refused(
    tmp_path: Path, fields: dict[str, Any], text: str
) -> None:
    assert refusals(items(tmp_path, detected(**fields))) == [("demo/imgs/10050028_0.JPG", text)]


def test_points_are_refused_with_what_to_do(tmp_path: Path) -> None:
    entry = detected(dot=[[1, 2]])
    del entry["bbox"]
    assert refusals(items(tmp_path, entry)) == [("demo/imgs/10050028_0.JPG", DOTS)]


def test_what_names_no_file_or_no_class_is_refused(tmp_path: Path) -> None:
    found = items(tmp_path, detected(category=[7, 1]), {"img_id": 4}, "text")
    assert [path for path, _ in refusals(found)] == ["demo/imgs/10050028_0.JPG", "", ""]
