"""A source that says otherwise of a stored photograph: the stored camera and time stay, and the import tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.clocks.stored import OTHER_CAMERA, OTHER_TIME
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Camera, Image
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(media_root: Path, tmp_path: Path, admin_user: Any) -> Callable[..., Any]:
    """Import a table about two photographs."""
    for number in (1, 2):
        make.photograph(f"photos/{number}.jpg", seed=number)

    def from_table(*lines: str) -> Any:
        text = "\n".join(("path,camera,captured_at,species", *lines))
        (tmp_path / "table.csv").write_text(text)
        options = ImportOptions(root=media_root / "photos", time_zone="UTC")
        return import_detections(tmp_path / "table.csv", actor=admin_user, options=options)

    return from_table


FIRST = ("1.jpg,North,2025-10-01 06:00:00,deer", "2.jpg,North,2025-10-01 07:00:00,deer")


def test_another_camera_is_told_and_the_stored_one_stays(bring: Callable[..., Any]) -> None:
    bring(*FIRST)
    report = bring(*(line.replace("North", "South") for line in FIRST))
    assert report.notes == {OTHER_CAMERA: 2}
    (text,) = report.warnings
    assert "2 photographs" in text and "'North'" in text and "'South'" in text and "1.jpg" in text
    assert list(Camera.objects.values_list("name", flat=True)) == ["North"]
    assert report.cameras == 0


def test_another_spelling_of_the_camera_is_no_other_camera(bring: Callable[..., Any]) -> None:
    bring(*FIRST)
    assert OTHER_CAMERA not in bring(*(line.replace("North", "NORTH ") for line in FIRST)).notes


def test_a_renamed_camera_is_told_by_both_names(bring: Callable[..., Any]) -> None:
    bring(*FIRST)
    camera = Camera.objects.get()
    camera.name = "North Gate"
    camera.save()
    report = bring(*FIRST)
    assert report.notes == {OTHER_CAMERA: 2}
    assert "'North Gate'" in report.warnings[0] and "'North'" in report.warnings[0]


def test_another_time_is_told_and_the_stored_one_stays(bring: Callable[..., Any]) -> None:
    bring(*FIRST)
    stored = Image.objects.get(path="photos/1.jpg").captured_at
    report = bring("1.jpg,North,2025-10-02 06:00:00,deer", FIRST[1])
    assert report.notes == {OTHER_TIME: 1}
    (text,) = report.warnings
    assert "2025-10-02 06:00:00" in text and "2025-10-01 06:00:00" in text
    assert Image.objects.get(path="photos/1.jpg").captured_at == stored


def test_a_time_that_was_corrected_is_not_asked_again(bring: Callable[..., Any]) -> None:
    bring(*FIRST)
    Image.objects.update(time_source=Image.TimeSource.CORRECTED, captured_at=make.NOON)
    assert not bring(*FIRST).notes


def test_the_same_source_again_says_nothing(bring: Callable[..., Any]) -> None:
    bring(*FIRST)
    assert not bring(*FIRST).notes
