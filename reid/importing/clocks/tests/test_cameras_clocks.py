"""Clocks of cameras by every name that a camera has or had: its zone, and what an import is told to add."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags
from PIL import Image as PILImage

from reid.importing import batches, detections
from reid.importing.detections import ImportOptions, import_detections
from reid.importing.reading import prepare
from reid.models import Camera, Image

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
SERIAL = "Reconyx H123"
AT = datetime(2025, 10, 3, 6, 12, 44, tzinfo=UTC)
AN_HOUR_LATER = AT.replace(hour=7)


@pytest.fixture(autouse=True)
def photographs(media_root: Path, tmp_path: Path, settings: Any) -> None:
    settings.TIME_ZONE = "America/Chicago"
    for number in (1, 2):
        exif = PILImage.Exif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[ExifTags.Base.DateTimeOriginal] = f"{AT:%Y:%m:%d %H:%M:%S}"
        details[ExifTags.Base.BodySerialNumber] = "H123"
        exif[ExifTags.Base.Make] = "RECONYX"
        (tmp_path / "photos").mkdir(exist_ok=True)
        picture = PILImage.new("RGB", (320, 240), (number, number, number))
        picture.save(tmp_path / f"photos/{number}.jpg", "JPEG", exif=exif)


def renamed(name: str, to: str) -> None:
    """The camera of that name, in UTC, which has another name by now."""
    camera, _ = Camera.objects.get_or_create(name=name, defaults={"time_zone": "UTC"})
    camera.name = to
    camera.save()


def table(tmp_path: Path, camera: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(f"path,camera\n1.jpg,{camera}\n2.jpg,{camera}\n")
    return path


def times() -> list[datetime | None]:
    return list(Image.objects.order_by("path").values_list("captured_at", flat=True))


@pytest.mark.parametrize("offset", ["Old Gate", "NEW  gate"])
def test_an_offset_counts_by_the_former_name_and_by_the_present_one(
    offset: str, tmp_path: Path, admin_user: Any
) -> None:
    renamed("Old Gate", "New Gate")
    options = ImportOptions(root=tmp_path / "photos", clock_offsets={offset: 3600})
    report = import_detections(table(tmp_path, "Old Gate"), actor=admin_user, options=options)
    assert times() == [AN_HOUR_LATER] * 2
    assert report.unused_offsets == ()


@pytest.mark.parametrize("offset", [SERIAL, "New Gate"])
def test_an_offset_counts_for_a_camera_that_photographs_name_themselves(
    offset: str, tmp_path: Path, admin_user: Any
) -> None:
    renamed(SERIAL, "New Gate")
    options = ImportOptions(clock_offsets={offset: 3600, "Nowhere": 60})
    report = import_detections(tmp_path / "photos", actor=admin_user, options=options)
    assert times() == [AN_HOUR_LATER] * 2
    assert report.unused_offsets == ("Nowhere",)


def test_a_camera_that_is_renamed_while_an_import_runs_keeps_its_zone(
    tmp_path: Path, admin_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed("North", "North")
    calls: list[Any] = []

    def read_after_renaming(*arguments: Any) -> Any:
        if calls:
            renamed("North", "South")
        calls.append(arguments)
        return prepare.read(*arguments)

    monkeypatch.setattr(batches, "BATCH", 1)
    monkeypatch.setattr(detections, "read", read_after_renaming)
    options = ImportOptions(root=tmp_path / "photos", clock_offsets={"North": 3600})
    import_detections(table(tmp_path, "North"), actor=admin_user, options=options)
    assert len(calls) == 2
    assert times() == [AN_HOUR_LATER] * 2
