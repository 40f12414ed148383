"""Texts that no field takes as they are: too long, or with signs that no database keeps. None breaks an import off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags
from PIL import Image as PILImage

from reid.importing.detections import ImportOptions, import_detections
from reid.models import Camera, Image
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_what_a_detector_says_of_its_failure_is_kept_without_signs_that_cannot_be(
    sign: str, media_root: Path, tmp_path: Path, admin_user: Any
) -> None:
    make.photograph("photos/1.jpg")
    entry = {"file": "1.jpg", "failure": f"Failure{sign}image open"}
    head = {"info": {"format_version": "1.4"}, "detection_categories": {"1": "animal"}}
    (tmp_path / "boxes.json").write_text(json.dumps(head | {"images": [entry]}))
    options = ImportOptions(root=media_root / "photos")
    import_detections(tmp_path / "boxes.json", actor=admin_user, options=options)
    assert Image.objects.get().look_failure == "Failure image open"


def test_of_a_very_long_path_of_another_machine_the_end_is_kept(
    media_root: Path, tmp_path: Path, admin_user: Any
) -> None:
    make.photograph("photos/north/1.jpg")
    path = "D:/" + "a folder in a folder/" * 40 + "north/1.jpg"
    (tmp_path / "table.csv").write_text(f"path\n{path}\n")
    options = ImportOptions(root=media_root / "photos")
    import_detections(tmp_path / "table.csv", actor=admin_user, options=options)
    assert Image.objects.get().source_path == path[-512:]


def test_a_serial_number_that_is_too_long_for_a_name_names_no_camera(
    media_root: Path, tmp_path: Path, admin_user: Any
) -> None:
    exif = PILImage.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = "7" * 300
    PILImage.new("RGB", (320, 240)).save(tmp_path / "1.jpg", "JPEG", exif=exif)
    import_detections(tmp_path, actor=admin_user)
    assert Image.objects.get().camera is None
    assert not Camera.everything.exists()
