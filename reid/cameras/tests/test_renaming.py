"""Renamed cameras: the old name leads to the camera, so that an old table does not bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from reid.import_undo.undo import UndoRefused, undo
from reid.importing.deployments import import_deployments
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Camera, Deployment, Image, Import
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(media_root: Path, tmp_path: Path, admin_user: Any) -> Callable[..., Any]:
    """Import a table of photographs of the camera North."""
    for number in (1, 2):
        make.photograph(f"photos/{number}.jpg", seed=number)

    def from_table(*photographs: int) -> Any:
        lines = (f"{number}.jpg,North,2025-10-0{number} 06:00:00" for number in photographs)
        (tmp_path / "table.csv").write_text("\n".join(("path,camera,captured_at", *lines)))
        options = ImportOptions(root=media_root / "photos", time_zone="UTC")
        return import_detections(tmp_path / "table.csv", actor=admin_user, options=options)

    return from_table


def rename(name: str) -> Camera:
    camera = Camera.objects.get()
    camera.name = name
    camera.full_clean()
    camera.save()
    return camera


def test_a_table_that_has_the_old_name_leads_to_the_camera(bring: Callable[..., Any]) -> None:
    bring(1)
    camera = rename("North Gate")
    again, longer = bring(1), bring(1, 2)
    assert (again.cameras, longer.cameras, longer.images) == (0, 0, 1)
    assert not {kind for kind in again.notes if "camera" in kind}
    assert set(Image.objects.values_list("camera", flat=True)) == {camera.pk}
    assert list(Camera.objects.values_list("name", flat=True)) == ["North Gate"]


def test_so_does_a_table_of_deployments(
    bring: Callable[..., Any], tmp_path: Path, admin_user: Any
) -> None:
    bring(1)
    camera = rename("North Gate")
    (tmp_path / "cameras.csv").write_text("camera,started_on\nNorth,2025-09-01\n")
    import_deployments(tmp_path / "cameras.csv", actor=admin_user)
    assert Deployment.objects.get().camera == camera


def test_it_may_be_renamed_twice_and_get_its_first_name_back(bring: Callable[..., Any]) -> None:
    bring(1)
    rename("North Gate")
    camera = rename("Gate 3")
    assert {key: row.pk for key, row in Camera.by_keys(["north", "north gate"]).items()} == {
        "north": camera.pk,
        "north gate": camera.pk,
    }
    rename("North")
    assert bring(1, 2).cameras == 0
    assert list(Camera.objects.values_list("name", flat=True)) == ["North"]


def test_nobody_else_takes_the_old_name_without_being_told(bring: Callable[..., Any]) -> None:
    bring(1)
    rename("North Gate")
    with pytest.raises(ValidationError, match="North Gate"):
        Camera(name="north").full_clean()


def test_another_spelling_of_the_name_leaves_nothing_behind(bring: Callable[..., Any]) -> None:
    bring(1)
    rename("NORTH")
    assert Camera.everything.count() == 1


def test_who_undoes_the_import_is_told_of_the_new_name(
    bring: Callable[..., Any], admin_user: Any
) -> None:
    bring(1)
    rename("North Gate")
    record = Import.objects.get()
    with pytest.raises(UndoRefused) as refused:
        undo(record.pk, actor=admin_user)
    assert "North Gate" in str(refused.value.conflicts[0])
    undo(record.pk, actor=admin_user, keep_used=True)
    assert [camera.name for camera in Camera.objects.all()] == ["North Gate"]


def test_one_field_of_a_camera_may_be_stored_alone(bring: Callable[..., Any]) -> None:
    bring(1)
    camera = Camera.objects.get()
    camera.name, camera.notes = "North Gate", "by the oak"
    camera.save(update_fields=["notes"])
    assert Camera.everything.count() == 1
    camera.save(update_fields=["name"])
    assert set(Camera.by_keys(["north", "north gate"])) == {"north", "north gate"}
