"""COCO as cocodataset.org and CVAT have it, and COCO Camera Traps as agentmorris/MegaDetector describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats.base import SourceOptions
from reid.importing.formats.detectors import coco
from reid.importing.formats.detectors.tests.files import read, refusals, rows, skips
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.rows import WHOLE_IMAGE, Area, Note, Row, SourceProblem
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.rows import Item


def of_cvat(**members: Any) -> dict[str, Any]:
    """As CVAT's "COCO 1.0" export: instances_default.json."""
    return {
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {"contributor": "", "date_created": "", "version": "", "year": ""},
        "categories": [
            {"id": 1, "name": "buck", "supercategory": ""},
            {"id": 2, "name": "white_tailed_deer", "supercategory": ""},
        ],
        "images": [
            {"id": 1, "width": 640, "height": 480, "file_name": "CamA/IMG_0001.JPG", "license": 0,
             "flickr_url": "", "coco_url": "", "date_captured": 0},
            {"id": 2, "width": 640, "height": 480, "file_name": "CamA/IMG_0002.JPG", "license": 0,
             "flickr_url": "", "coco_url": "", "date_captured": 0},
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [], "area": 92160.0,
             "bbox": [64.0, 132.5, 320.0, 288.0], "iscrowd": 0,
             "attributes": {"occluded": False, "rotation": 0.0}},
        ],
    } | members  # fmt: skip


def of_camera_traps(**members: Any) -> dict[str, Any]:
    return {
        "info": {"version": "1.0", "description": "trail cameras", "year": 2025},
        "categories": [{"id": 0, "name": "empty"}, {"id": 1, "name": "deer"}],
        "images": [
            {"id": "a", "file_name": "loc-1/a.jpg", "width": 1920, "height": 1080, "location": "loc-1",
             "datetime": "2022-12-31 09:52:50", "seq_id": "s1", "seq_num_frames": 2, "frame_num": 0},
            {"id": "b", "file_name": "loc-1/b.jpg", "location": "loc-1"},
            {"id": "c", "file_name": "loc-1/c.jpg", "location": 7, "corrupt": True},
        ],
        "annotations": [
            {"id": "1", "image_id": "a", "category_id": 1},
            {"id": "2", "image_id": "b", "category_id": 0},
        ],
    } | members  # fmt: skip


def items(tmp_path: Path, document: Any, options: SourceOptions | None = None) -> list[Item]:
    return read(tmp_path, document, "coco", options)


def test_cvats_export_is_read(tmp_path: Path) -> None:
    boxed, empty = rows(items(tmp_path, of_cvat()))
    assert boxed.path == "CamA/IMG_0001.JPG"
    assert (classes_of(boxed), boxed.label) == ([Classification.BUCK], "buck")
    assert (boxed.confidence, boxed.detector) == (1.0, "")  # a person drew it
    assert boxed.area and boxed.area.box((640, 480)) == Area(64, 132.5, 320, 288).box((640, 480))
    assert (empty.path, empty.area, empty.looked) == ("CamA/IMG_0002.JPG", None, True)


def test_a_box_fits_the_photograph_at_another_size(tmp_path: Path) -> None:
    boxed, _ = rows(items(tmp_path, of_cvat()))
    assert boxed.area
    box = boxed.area.box((1280, 960))
    assert (box.x, box.width, box.height) == (128, 640, 576)


@pytest.mark.django_db  # its names are compared with those of the store
def test_camera_traps_name_places_times_and_empty_photographs(tmp_path: Path) -> None:
    note, deer, empty, corrupt = sorted(
        items(tmp_path, of_camera_traps()), key=lambda item: isinstance(item, Row)
    )
    assert isinstance(note, Note) and "loc-1/c.jpg" in note.text
    assert isinstance(deer, Row) and isinstance(empty, Row) and isinstance(corrupt, Row)
    assert (deer.area, classes_of(deer)) == (WHOLE_IMAGE, [Classification.UNKNOWN_DEER])
    assert (deer.camera, deer.pattern_time) == ("loc-1", "2022-12-31T09:52:50")
    assert (empty.area, empty.looked, empty.failure) == (None, True, "")
    assert (corrupt.camera, corrupt.failure) == ("7", coco.CORRUPT)


def test_a_pattern_for_the_camera_comes_before_the_files_own_place(tmp_path: Path) -> None:
    options = SourceOptions(finders={"camera": r"(?P<camera>\w)\.jpg"})
    assert {row.camera for row in rows(items(tmp_path, of_camera_traps(), options))} == set("abc")


def test_a_time_that_cannot_be_read_is_noted_and_loses_nothing(tmp_path: Path) -> None:
    image = {"id": "a", "file_name": "a.jpg", "datetime": "12/31/2022"}
    note, row = items(tmp_path, of_camera_traps(images=[image], annotations=[]))
    assert isinstance(note, Note) and note.kind == coco.NOTE_CLOCK and "12/31/2022" in note.text
    assert isinstance(row, Row) and row.pattern_time == ""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"sequence_level_annotation": True}, coco.OF_SEQUENCE),
     ({"segmentation": [[1, 2, 3, 4, 5, 6]]}, coco.OUTLINE_ONLY),
     ({"bbox": [1, 2, 3, 4], "score": 0.1}, "below --min-confidence")],
)  # fmt: skip
def test_what_is_no_box_of_the_photograph_is_skipped_by_name(
    tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    label = {"id": "1", "image_id": "a", "category_id": 1} | fields
    found = items(tmp_path, of_camera_traps(annotations=[label]))
    assert skips(found) == [reason]


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"category_id": 9}, "the file does not name category 9"), ({"bbox": [1, 2, 3]}, "is not a box of four numbers"),
     ({"bbox": "large"}, "is not a box of four numbers in pixels"), ({"bbox": [0, 0, float("nan"), 1]}, "is not a box of four numbers")],
)  # fmt: skip
def test_a_broken_box_is_refused_with_its_photograph(
    tmp_path: Path, fields: dict[str, Any], text: str
) -> None:
    label = {"id": "1", "image_id": "a", "category_id": 1, "bbox": [1, 2, 3, 4]} | fields
    ((path, problem),) = refusals(items(tmp_path, of_camera_traps(annotations=[label])))
    assert path == "loc-1/a.jpg" and text in problem


def test_what_belongs_to_no_photograph_is_refused(tmp_path: Path) -> None:
    labels = [{"id": 1, "image_id": "gone", "category_id": 1, "bbox": [1, 2, 3, 4]}, 5]
    document = of_camera_traps(
        annotations=labels, images=[{"id": "a"}, {"id": "b", "file_name": "b.jpg"}]
    )
    assert [text for _, text in refusals(items(tmp_path, document))] == [
        "the entry names no file", coco.NO_IMAGE, coco.NO_IMAGE,
    ]  # fmt: skip


def test_two_photographs_of_one_id_share_no_boxes(tmp_path: Path) -> None:
    first, second = of_cvat()["images"]
    found = items(tmp_path, of_cvat(images=[first, second | {"id": 1}]))
    assert [row.label for row in rows(found)] == ["buck"]
    assert refusals(found) == [("CamA/IMG_0002.JPG", "another photograph of the file has the id 1")]


def test_boxes_may_stand_before_their_photographs(tmp_path: Path) -> None:
    document = dict(reversed(of_cvat().items()))
    assert [row.label for row in rows(items(tmp_path, document))] == ["buck", ""]


@pytest.mark.parametrize("member", ["images", "annotations", "categories"])
def test_a_file_without_one_of_its_parts_is_refused(tmp_path: Path, member: str) -> None:
    document = of_cvat()
    del document[member]
    with pytest.raises(SourceProblem, match=f"has no {member}"):
        items(tmp_path, document)


@pytest.mark.parametrize("categories", [None, {}, 3, [None, {"name": "deer"}]])
def test_categories_of_another_shape_refuse_their_boxes_only(
    tmp_path: Path, categories: Any
) -> None:
    found = items(tmp_path, of_cvat(categories=categories))
    assert len(refusals(found)) == len(rows(found)) == 1
