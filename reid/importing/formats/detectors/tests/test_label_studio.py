"""Label Studio's exports: the task of labelstud.io/guide/task_format, and JSON-MIN of its export guide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats.detectors import label_studio
from reid.importing.formats.detectors.tests.files import read, refusals, rows, skips
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.rows import WHOLE_IMAGE
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.rows import Item


def result(label: str = "Buck", **fields: Any) -> dict[str, Any]:
    return {
        "original_width": 640,
        "original_height": 480,
        "image_rotation": 0,
        "from_name": "tag",
        "id": "Dx_aB91ISN",
        "source": "$image",
        "to_name": "img",
        "type": "rectanglelabels",
        "value": {
            "height": 60.0,
            "rectanglelabels": [label],
            "rotation": 0,
            "width": 50.0,
            "x": 10.0,
            "y": 27.62,
        },
    } | fields


def task(*results: Any, **fields: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "created_at": "2021-03-09T21:52:49.513742Z",
        "updated_at": "2021-03-09T22:16:08.746926Z",
        "project": 83,
        "data": {"image": "https://example.com/opensource/label-studio/1.jpg"},
        "annotations": [
            {
                "id": "1001",
                "result": list(results),
                "was_cancelled": False,
                "ground_truth": False,
                "updated_at": "2021-03-09T22:16:08.728378Z",
                "task": 1,
                "completed_by": 10,
            }
        ],
        "predictions": [],
    } | fields


def items(tmp_path: Path, *tasks: Any) -> list[Item]:
    return read(tmp_path, tasks, "label-studio")


def test_a_box_is_in_hundredths(tmp_path: Path) -> None:
    (row,) = rows(items(tmp_path, task(result())))
    assert row.path == "opensource/label-studio/1.jpg"
    assert (classes_of(row), row.label) == ([Classification.BUCK], "Buck")
    assert (row.confidence, row.detector) == (1.0, "")
    assert row.area
    box = row.area.box((640, 480))
    assert (box.x, box.y, box.width, box.height) == (64, 133, 320, 288)


@pytest.mark.parametrize(
    ("address", "path"),
    [("/data/local-files/?d=trail%20cams/CamA/1.jpg", "trail cams/CamA/1.jpg"),
     ("/data/upload/3/0a1b2c3d-IMG_0001.JPG", "IMG_0001.JPG"),
     ("/data/upload/3/IMG_0001.JPG", "IMG_0001.JPG"),
     ("s3://bucket/CamA/IMG%20001.JPG", "CamA/IMG%20001.JPG".replace("%20", " ")),
     ("CamA/100% #2.jpg", "CamA/100% #2.jpg"), ("C:\\cards\\CamA\\1.jpg", "C:/cards/CamA/1.jpg")],
)  # fmt: skip
def test_an_address_names_a_file(tmp_path: Path, address: str, path: str) -> None:
    (row,) = rows(items(tmp_path, task(result(), data={"note": "dusk", "photo": address})))
    assert row.path == path


def test_a_turned_box_becomes_the_upright_one_around_it(tmp_path: Path) -> None:
    value = {"x": 50.0, "y": 50.0, "width": 20.0, "height": 10.0, "rotation": 90,
             "rectanglelabels": ["doe"]}  # fmt: skip
    (row,) = rows(items(tmp_path, task(result(value=value))))
    assert row.area
    box = row.area.box((640, 480))
    assert (box.x, box.y, box.width, box.height) == (272, 240, 48, 128)


def test_the_last_person_counts_and_what_was_given_up_does_not(tmp_path: Path) -> None:
    first, second, cancelled = (
        {
            "result": [result(label)],
            "updated_at": f"2021-03-0{day}T00:00:00Z",
            "was_cancelled": gone,
        }
        for label, day, gone in (("buck", 8, False), ("doe", 9, False), ("fawn", 9, True))
    )
    found = rows(items(tmp_path, task(annotations=[second, first, cancelled])))
    assert [row.label for row in found] == ["doe"]


def test_a_model_counts_where_nobody_has_looked(tmp_path: Path) -> None:
    predictions = [
        {"model_version": "model 1", "result": [result("buck", score=0.9)]},
        {"model_version": "model 2", "result": [result("deer", score=0.8), result(score=0.1)]},
    ]
    found = items(tmp_path, task(annotations=[], predictions=predictions))
    (row,) = rows(found)
    assert (row.label, row.confidence, row.detector) == ("deer", 0.8, "model 2")
    assert skips(found) == ["below --min-confidence"]
    (row,) = rows(items(tmp_path, task(result("doe"), predictions=predictions)))
    assert row.label == "doe"


def test_a_task_that_nobody_has_worked_on_was_not_looked_at(tmp_path: Path) -> None:
    (row,) = rows(items(tmp_path, task(annotations=[])))
    assert (row.area, row.looked) == (None, False)
    (row,) = rows(items(tmp_path, task()))
    assert (row.area, row.looked) == (None, True)


def test_a_choice_is_the_whole_photographs(tmp_path: Path) -> None:
    choice = {"type": "choices", "value": {"choices": ["Deer"]}, "from_name": "what"}
    (row,) = rows(items(tmp_path, task(choice)))
    assert (row.area, classes_of(row)) == (WHOLE_IMAGE, [Classification.UNKNOWN_DEER])
    assert skips(items(tmp_path, task(choice, result()))) == [label_studio.CHOICE_BESIDE_BOXES]
    (row,) = rows(items(tmp_path, task(choice | {"value": {"choices": ["Empty"]}})))
    assert (row.area, row.looked) == (None, True)


def test_other_shapes_are_skipped_by_name(tmp_path: Path) -> None:
    brush = {"type": "brushlabels", "value": {"format": "rle", "rle": [0], "brushlabels": ["deer"]}}
    assert skips(items(tmp_path, task(brush))) == ["result that is no box: brushlabels"]


@pytest.mark.parametrize(
    "broken",
    [result(value={"x": 1, "y": 2, "width": 3, "rectanglelabels": ["a"]}), result(value=None), 7,
     result(value={"x": "a", "y": 2, "width": 3, "height": 3, "rectanglelabels": ["a"]}),
     result(value={"x": 1, "y": 2, "width": 3, "height": 3, "rectanglelabels": []})],
)  # fmt: skip
def test_a_broken_result_does_not_lose_its_neighbour(tmp_path: Path, broken: Any) -> None:
    found = items(tmp_path, task(broken, result()))
    assert len(rows(found)) == 1
    assert len(refusals(found)) + len(skips(found)) == 1


def test_a_task_without_a_photograph_is_refused(tmp_path: Path) -> None:
    tasks = [task(), task(data={"text": "hello"}), task(data=None), 5]
    assert len(refusals(items(tmp_path, *tasks))) == 3


def test_json_min_is_read(tmp_path: Path) -> None:
    flat = {
        "image": "/data/upload/1/0a1b2c3d-IMG_0001.JPG",
        "id": 1,
        "label": [
            {
                "x": 10.0,
                "y": 27.62,
                "width": 50.0,
                "height": 60.0,
                "rotation": 0,
                "rectanglelabels": ["doe"],
                "original_width": 640,
                "original_height": 480,
            }
        ],
        "annotator": 1,
        "annotation_id": 1,
        "created_at": "2022-12-26T09:00:00.000000Z",
        "lead_time": 4.3,
    }
    (row,) = rows(items(tmp_path, flat))
    assert (row.path, row.label) == ("IMG_0001.JPG", "doe")
    assert row.area and row.area.box((640, 480)).y == 133


def flat(**controls: Any) -> dict[str, Any]:
    """A record of JSON-MIN, its parts in the order in which convert_to_json_min writes them."""
    behind = {
        "annotator": 1,
        "annotation_id": 7,
        "created_at": "2022-12-26T09:00:00.000000Z",
        "updated_at": "2022-12-26T09:00:01.000000Z",
        "lead_time": 4.3,
    }
    return {"image": "oak/1.jpg", "site": "Oak"} | {"id": 1} | controls | behind


@pytest.mark.parametrize(
    "controls",
    [
        {"choice": "Deer"},
        {"species": {"choices": ["Cattle", "Deer"]}},
        {"species": ["Deer", {"choices": ["Cattle", "Turkey"]}]},
        {"species": "Deer", "notes": "under the oak"},
        {"behaviour": "feeding", "species": "Deer"},
    ],
)
def test_a_choice_of_json_min_is_the_whole_photographs(
    tmp_path: Path, controls: dict[str, Any]
) -> None:
    (row,) = rows(items(tmp_path, flat(**controls)))
    assert (row.path, row.area) == ("oak/1.jpg", WHOLE_IMAGE)
    assert classes_of(row) == [Classification.UNKNOWN_DEER]


def test_json_min_without_an_animal_was_looked_at(tmp_path: Path) -> None:
    for controls in ({}, {"choice": "Blank"}, {"choice": "No animal"}, {"notes": "wind"}):
        (row,) = rows(items(tmp_path, flat(**controls)))
        assert (row.area, row.looked) == (None, True)


def test_a_choice_of_json_min_beside_boxes_is_skipped_by_name(tmp_path: Path) -> None:
    found = items(tmp_path, flat(label=[result("doe")["value"]], choice="Deer"))
    assert [row.label for row in rows(found)] == ["doe"]
    assert skips(found) == [label_studio.CHOICE_BESIDE_BOXES]


def test_of_several_choices_the_deer_is_not_passed_over(tmp_path: Path) -> None:
    choice = {"type": "choices", "value": {"choices": ["Cattle", "Deer"]}, "from_name": "what"}
    (row,) = rows(items(tmp_path, task(choice)))
    assert classes_of(row) == [Classification.UNKNOWN_DEER]
