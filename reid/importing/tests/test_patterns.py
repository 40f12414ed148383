"""Patterns over paths: they read the path below the root, wherever the source's own paths come from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Camera, Image
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db

FIRST_FOLDER = r"(?P<camera>[^/]+)/"
NAMES = ("CamA/20251003_061244.JPG", "CamB/20251004_061244.JPG")


@pytest.fixture
def bring(media_root: Path, tmp_path: Path, django_user_model: Any) -> Callable[..., Any]:
    """Import a source about two photographs, of two cameras, below the root `photos`."""
    for seed, name in enumerate(NAMES):
        make.photograph(f"photos/{name}", seed=seed)
    user = django_user_model.objects.create(username="ranger")

    def from_source(name: str, text: str, **options: Any) -> Any:
        (tmp_path / name).write_text(text, encoding="utf-8")
        given = ImportOptions(root=media_root / "photos", time_zone="UTC", **options)
        return import_detections(tmp_path / name, actor=user, options=given)

    return from_source


def detector_file(*paths: str) -> str:
    boxes = [{"category": "1", "conf": 0.9, "bbox": [0.1, 0.2, 0.5, 0.6]}]
    return json.dumps(
        {
            "info": {"format_version": "1.4"},
            "detection_categories": {"1": "animal"},
            "images": [{"file": path, "detections": boxes} for path in paths],
        }
    )


def cameras() -> dict[str, str]:
    """Name of the camera by photograph."""
    rows = Image.objects.values_list("path", "camera__name")
    return {path.removeprefix("photos/"): name for path, name in rows}


@pytest.mark.parametrize(
    "beginning", ["D:\\TrailCams\\2025\\", "/content/drive/TrailCams/", "\\\\nas\\cards\\", "\\"]
)
def test_the_first_folder_is_that_below_the_root_and_no_drive(
    bring: Callable[..., Any], beginning: str
) -> None:
    paths = [beginning + name.replace("/", "\\") for name in NAMES]
    bring("detections.json", detector_file(*paths), finders={"camera": FIRST_FOLDER})
    assert cameras() == {NAMES[0]: "CamA", NAMES[1]: "CamB"}
    assert Camera.objects.count() == 2


def test_the_same_goes_for_a_table_with_backslashes(bring: Callable[..., Any]) -> None:
    lines = ["path", *(name.replace("/", "\\") for name in NAMES)]
    bring("table.csv", "\n".join(lines), finders={"camera": FIRST_FOLDER})
    assert cameras() == {NAMES[0]: "CamA", NAMES[1]: "CamB"}


def test_a_mapped_beginning_is_no_folder_of_the_card(bring: Callable[..., Any]) -> None:
    paths = [f"E:/old/cards/{name}" for name in NAMES]
    options = {"maps": {"E:/old/cards": "."}, "finders": {"camera": FIRST_FOLDER}}
    bring("detections.json", detector_file(*paths), **options)
    assert cameras() == {NAMES[0]: "CamA", NAMES[1]: "CamB"}


def test_a_point_is_no_folder(bring: Callable[..., Any]) -> None:
    paths = [f"./{name}" for name in NAMES]
    bring("detections.json", detector_file(*paths), finders={"camera": FIRST_FOLDER})
    assert cameras() == {NAMES[0]: "CamA", NAMES[1]: "CamB"}


def test_a_column_goes_before_the_pattern(bring: Callable[..., Any]) -> None:
    text = f"path,camera\nD:\\x\\{NAMES[0]},North\nD:\\x\\{NAMES[1]},\n"
    bring("table.csv", text, finders={"camera": FIRST_FOLDER})
    assert cameras() == {NAMES[0]: "North", NAMES[1]: "CamB"}


def test_what_only_the_source_s_path_holds_is_taken_from_it(bring: Callable[..., Any]) -> None:
    paths = [f"D:\\Ranch North\\{NAMES[0]}"]
    bring("detections.json", detector_file(*paths), finders={"camera": r"Ranch (?P<camera>\w+)/"})
    assert cameras() == {NAMES[0]: "North"}


def test_a_time_in_the_name_is_read_in_the_given_format(bring: Callable[..., Any]) -> None:
    text = f"path,species\nD:\\TrailCams\\{NAMES[0]},deer\n"
    finders = {"captured_at": r"/(?P<captured_at>\d{8}_\d{6})"}
    bring("table.csv", text, finders=finders, time_format="%Y%m%d_%H%M%S")
    assert Image.objects.get().captured_at == datetime(2025, 10, 3, 6, 12, 44, tzinfo=UTC)


def test_a_flank_in_the_folder_that_is_none_is_refused(bring: Callable[..., Any]) -> None:
    text = f"path,species\nD:\\left\\{NAMES[0]},deer\n"
    report = bring("table.csv", text, finders={"flank": r"(?P<flank>[^/]+)/"})
    assert not Image.objects.exists()
    assert "unknown flank 'cama'" in str(report.refusals[0])
