"""Rows without a box about photographs with boxes, and the reverse: one animal stays one detection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.writing import placement
from reid.models import Detection
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db

LEFT, RIGHT = (0.1, 0.2, 0.3, 0.4), (0.6, 0.2, 0.3, 0.4)


@pytest.fixture
def bring(media_root: Path, tmp_path: Path, admin_user: Any) -> Callable[..., Any]:
    """Import lines of a table, or boxes of a detector, about the photograph a.jpg."""
    make.photograph("photos/a.jpg", width=640, height=480)

    def from_source(*lines: str, boxes: Any = None, category: str = "animal") -> Any:
        file = tmp_path / ("table.csv" if boxes is None else "detections.json")
        found = [{"category": "1", "conf": 0.9, "bbox": box} for box in boxes or ()]
        document = {
            "info": {"format_version": "1.4", "detector": "md_v5a"},
            "detection_categories": {"1": category},
            "images": [{"file": "a.jpg", "detections": found}],
        }
        table = "\n".join(("path,deer,species", *lines))
        file.write_text(table if boxes is None else json.dumps(document))
        options = ImportOptions(root=media_root / "photos")
        return import_detections(file, actor=admin_user, options=options)

    return from_source


def test_a_row_without_a_box_is_the_one_animal_that_was_boxed(bring: Callable[..., Any]) -> None:
    bring(boxes=[LEFT])
    report = bring("a.jpg,Gus,buck")
    detection = Detection.objects.get()
    assert (str(detection.deer), detection.classification) == ("Gus", "buck")
    assert (detection.x, detection.width) == (64, 192)
    assert (report.detections, report.updated, report.notes) == (0, 1, {placement.TAKEN: 1})
    again = bring("a.jpg,Gus,buck")
    assert (again.detections, again.updated) == (0, 0) and Detection.objects.count() == 1


def test_a_box_is_the_one_animal_that_was_named_without_one(bring: Callable[..., Any]) -> None:
    bring("a.jpg,Gus,buck")
    report = bring(boxes=[LEFT])
    detection = Detection.objects.get()
    assert (str(detection.deer), detection.classification, detection.x) == ("Gus", "buck", 0)
    assert (report.detections, report.notes) == (0, {placement.TAKEN_WHOLE: 1})


def test_where_several_are_boxed_nobody_is_taken_for_the_one_and_it_is_told(
    bring: Callable[..., Any],
) -> None:
    bring(boxes=[LEFT, RIGHT])
    report = bring("a.jpg,Gus,buck")
    assert (report.detections, report.notes) == (1, {placement.OPEN: 1})
    assert "a.jpg" in report.warnings[0]
    assert Detection.objects.filter(deer=None).count() == 2
    assert bring("a.jpg,Gus,buck").notes == {}


def test_several_boxes_beside_one_that_was_named_without_a_box_are_told(
    bring: Callable[..., Any],
) -> None:
    bring("a.jpg,Gus,buck")
    report = bring(boxes=[LEFT, RIGHT])
    assert (report.detections, report.notes) == (2, {placement.OPEN: 1})


@pytest.mark.parametrize("category", ["person", "vehicle"])
def test_a_person_is_not_taken_for_the_animal(bring: Callable[..., Any], category: str) -> None:
    bring(boxes=[LEFT], category=category)
    report = bring("a.jpg,Gus,buck")
    assert (report.detections, report.updated, report.notes) == (1, 0, {})


def test_an_animal_of_another_kind_is_not_taken_for_the_deer(bring: Callable[..., Any]) -> None:
    bring(boxes=[LEFT], category="raccoon")
    report = bring("a.jpg,,deer")
    assert (report.detections, report.notes) == (1, {placement.OPEN: 1})


def test_another_deer_is_not_renamed_by_a_row_without_a_box(bring: Callable[..., Any]) -> None:
    bring(boxes=[LEFT])
    bring("a.jpg,Gus,buck")
    report = bring("a.jpg,Bo,buck")
    assert report.updated == 1
    assert str(Detection.objects.get().deer) == "Bo"


def test_a_photograph_without_boxes_takes_its_row_as_it_is(bring: Callable[..., Any]) -> None:
    report = bring("a.jpg,Gus,buck")
    assert (report.detections, report.notes) == (1, {})
    assert not bring("a.jpg,Gus,buck").notes
