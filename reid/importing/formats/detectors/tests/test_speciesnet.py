"""SpeciesNet's predictions, as test_data/predictions_with_errors_v4a.json in google/cameratrapai has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats.detectors.entries import BELOW_CONFIDENCE, NOTE_FAILED
from reid.importing.formats.detectors.speciesnet import NO_BOX
from reid.importing.formats.detectors.tests.files import read, refusals, rows, skips
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.rows import Area, Note, Row
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.rows import Item

ELEPHANT = "55631055-3e0e-4b7a-9612-dedebe9f78b0;mammalia;proboscidea;elephantidae;loxodonta;africana;african elephant"
DEER = "5c7ce479-8a45-40b3-ae21-7c97dfae22f5;mammalia;cetartiodactyla;cervidae;odocoileus;virginianus;white-tailed deer"
BLANK = "f1856211-cfb7-4a5b-9158-c0f72fd09ee6;;;;;;blank"
HUMAN = "990ae9dd-7a59-4344-afcb-1b7b21368000;mammalia;primates;hominidae;homo;sapiens;human"
BOX = (0.7041015625, 0.4765625, 0.11083984375, 0.125)


def prediction(label: str = ELEPHANT, score: float = 0.99, **fields: Any) -> dict[str, Any]:
    return {
        "filepath": "test_data/african_elephants.jpg",
        "country": "KEN",
        "classifications": {"classes": [label, BLANK], "scores": [score, 0.0009]},
        "detections": [
            {"category": "1", "label": "animal", "conf": 0.9352574348449707, "bbox": BOX},
            {"category": "1", "label": "animal", "conf": 0.07, "bbox": BOX},
        ],
        "prediction": label,
        "prediction_score": score,
        "prediction_source": "classifier",
        "model_version": "4.0.0a_pt",
    } | fields


def items(tmp_path: Path, *predictions: Any) -> list[Item]:
    return read(tmp_path, {"predictions": predictions}, "speciesnet")


def test_each_box_takes_the_photographs_prediction(tmp_path: Path) -> None:
    row, unsure = items(tmp_path, prediction(DEER))
    assert row == Row(
        line=3,
        path="test_data/african_elephants.jpg",
        area=Area(BOX[0], BOX[1], BOX[2], BOX[3], relative=True),
        confidence=0.9352574348449707,
        label=DEER,
        detector="SpeciesNet 4.0.0a_pt",
    )
    assert classes_of(row) == [Classification.UNKNOWN_DEER]
    assert skips([unsure]) == [BELOW_CONFIDENCE]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, "animal"),  # no deer's relative that the vocabulary has: the mammal that its label says
     ({"prediction": DEER, "prediction_score": 0.49}, "animal"),
     ({"prediction": BLANK}, "animal"), ({"prediction": HUMAN}, "person"),
     ({"prediction": None, "classifications": {"classes": [DEER], "scores": [0.8]}}, "unknown_deer"),
     ({"prediction": None, "classifications": {}}, "animal"),
     ({"prediction": DEER, "prediction_score": "high"}, "animal")],
)  # fmt: skip
def test_a_prediction_gives_the_class_that_it_is_sure_of(
    tmp_path: Path, fields: dict[str, Any], expected: str
) -> None:
    (row,) = rows(items(tmp_path, prediction(**fields)))
    assert classes_of(row) == [expected]


def test_a_score_that_no_float_can_hold_loses_no_box(tmp_path: Path) -> None:
    (row,) = rows(items(tmp_path, prediction(DEER, prediction_score=10**400)))
    assert (row.area, row.label) == (Area(*BOX, relative=True), DEER)


def test_people_stay_people_whatever_the_photograph_is_taken_for(tmp_path: Path) -> None:
    human = {"category": "2", "label": "human", "conf": 0.8, "bbox": BOX}
    (row,) = rows(items(tmp_path, prediction(DEER, detections=[human])))
    assert (classes_of(row), row.label) == ([Classification.PERSON], "human")


def test_an_animal_beside_a_person_is_no_person(tmp_path: Path) -> None:
    human = {"category": "2", "label": "human", "conf": 0.8, "bbox": BOX}
    animal = {"category": "1", "label": "animal", "conf": 0.9, "bbox": BOX}
    first, second = rows(items(tmp_path, prediction(HUMAN, detections=[human, animal])))
    assert classes_of(first, second) == ["person", "animal"]
    assert second.label == "animal"


def test_a_photograph_without_a_box_is_effort(tmp_path: Path) -> None:
    empty = prediction(BLANK, detections=[])
    without = {"filepath": "b.jpg", "prediction": BLANK, "prediction_score": 0.99}
    first, second = items(tmp_path, empty, without)
    assert isinstance(first, Row) and isinstance(second, Row)
    assert (first.area, first.looked, second.area, second.path) == (None, True, None, "b.jpg")


@pytest.mark.parametrize("detections", [[], None, [{"label": "animal", "conf": 0.07, "bbox": BOX}]])
def test_a_photograph_of_a_deer_without_a_box_is_not_called_empty(
    tmp_path: Path, detections: Any
) -> None:
    *skipped, row = items(tmp_path, prediction(DEER, detections=detections))
    assert skips(skipped) == [BELOW_CONFIDENCE if detections else NO_BOX]
    assert isinstance(row, Row) and (row.area, row.looked) == (None, False)


def test_a_failure_is_named_and_kept_with_its_reason(tmp_path: Path) -> None:
    failed = {
        "filepath": "test_data/missing.jpg",
        "failures": ["CLASSIFIER", "DETECTOR"],
        "model_version": "4.0.0a_pt",
    }
    note, row = items(tmp_path, failed)
    assert isinstance(note, Note) and note.kind == NOTE_FAILED and "missing.jpg" in note.text
    assert isinstance(row, Row) and row.failure == "CLASSIFIER, DETECTOR" and row.area is None


def test_what_the_detector_found_before_another_part_failed_is_read(tmp_path: Path) -> None:
    entry = prediction(failures=["GEOLOCATION"])
    note, row, _ = items(tmp_path, entry)
    assert isinstance(note, Note) and "GEOLOCATION" in note.text
    assert isinstance(row, Row) and row.area and not row.failure


@pytest.mark.parametrize("entry", [5, None, {}, {"filepath": 3}, {"file": "a.jpg"}])
def test_an_entry_that_names_no_file_is_refused(tmp_path: Path, entry: Any) -> None:
    assert len(refusals(items(tmp_path, prediction(), entry))) == 1


@pytest.mark.parametrize(
    "broken", [{"bbox": [1, 2]}, {"conf": 2}, {"bbox": None}, {"conf": None}, {"bbox": ["a"] * 4}]
)
def test_a_broken_box_does_not_lose_its_neighbour(tmp_path: Path, broken: dict[str, Any]) -> None:
    good = {"category": "1", "label": "animal", "conf": 0.9, "bbox": BOX}
    found = items(tmp_path, prediction(detections=[good | broken, good]))
    assert len(refusals(found)) == len(rows(found)) == 1


def test_a_box_without_its_parts_says_what_is_missing(tmp_path: Path) -> None:
    ((_, text),) = refusals(items(tmp_path, prediction(detections=[{"conf": 0.9}])))
    assert text == "a detection cannot be read: it has no label"
