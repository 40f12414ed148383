"""Photographs whose clocks or folders tell little: what is stored, marked, listed and asked for."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import ExifTags
from PIL import Image as PILImage

from reid.models import Camera, Deer, Deployment, Detection, Image, Import, ImportProblem

pytestmark = pytest.mark.django_db
ORIGINAL, DIGITIZED = "DateTimeOriginal", "DateTimeDigitized"


@pytest.fixture(autouse=True)
def ranch(media_root: Path, settings, tmp_path: Path, monkeypatch) -> None:
    settings.TIME_ZONE = "America/Chicago"
    monkeypatch.chdir(tmp_path)


def photograph(path: str, time: str = "", place: str = ORIGINAL, note: bytes = b"") -> None:
    """A photograph like no other; `place`: the tag that has its time, DateTime in the first directory."""
    exif = PILImage.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    if time:
        (exif if place == "DateTime" else details)[ExifTags.Base[place]] = time
    if note:
        details[ExifTags.Base.MakerNote] = note
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    color = tuple(hash(path).to_bytes(8, "big", signed=True)[:3])
    PILImage.new("RGB", (320, 240), color).save(path, "JPEG", exif=exif)


def table(*lines: str) -> str:
    Path("table.csv").write_text("\n".join(lines) + "\n")
    return "table.csv"


def bring(*arguments: Any) -> str:
    out = io.StringIO()
    call_command("import_detections", *arguments, "--no-progress", stdout=out, no_color=True)
    return out.getvalue()


def stored(name: str) -> Image:
    return Image.objects.get(path__endswith=name)


# --- the places of a time -------------------------------------------------------------------------


def test_a_time_is_found_wherever_it_stands_in_exif() -> None:
    photograph("photos/ifd0.jpg", "2025:10:03 06:12:44", "DateTime")
    photograph("photos/digitized.jpg", "2025:10:04 06:12:44", DIGITIZED)
    photograph("photos/original.jpg", "2025:10:05 06:12:44")
    text = bring(table("path", "ifd0.jpg", "digitized.jpg", "original.jpg"), "--root", "photos")
    assert "3  detections imported" in text and "without a capture time" not in text
    assert "2  noted: capture time from another place in EXIF" in text
    assert "1 from DateTimeDigitized, 1 from DateTime" in text
    places = {"ifd0": (3, "exif_modified"), "digitized": (4, "exif_digitized")}
    for name, (day, source) in (places | {"original": (5, "exif_original")}).items():
        image = stored(f"{name}.jpg")
        assert image.captured_at == datetime(2025, 10, day, 11, 12, 44, tzinfo=UTC)
        assert image.time_source == source


def test_a_column_wins_and_a_pattern_stands_in() -> None:
    photograph("photos/a.jpg", "2025:10:03 06:12:44", "DateTime")
    photograph("photos/20251004_061244.jpg", "0000:00:00 00:00:00")
    lines = ("path,captured_at", "a.jpg,2025-10-01 02:00:00 PM", "20251004_061244.jpg,")
    text = bring(
        table(*lines), "--root", "photos", "--captured-at", r"(?P<captured_at>\d{8}_\d{6})"
    )
    assert "noted" not in text
    a, b = stored("/a.jpg"), stored("_061244.jpg")
    assert (a.captured_at, a.time_source) == (datetime(2025, 10, 1, 19, tzinfo=UTC), "column")
    assert b.time_source == "pattern" and b.captured_at is not None


# --- clocks that cannot be right ------------------------------------------------------------------

TIMES = ("2025:10:03 06:12:44", "2000:01:01 00:00:31", "1970:01:01 00:00:10", "2099:12:31 23:59:00",
         "2019:01:01 12:00:05", "0001:01:01 00:00:00")  # fmt: skip


def reset_clock(*numbers: int, deployed: bool) -> str:
    if deployed:
        Deployment.objects.create(
            camera=Camera.objects.create(name="north"),
            started_on=date(2025, 10, 1),
            ended_on=date(2025, 10, 31),
        )
    names = [f"north/IMG_000{number}.JPG" for number in numbers]
    for number, name in zip(numbers, names, strict=True):
        photograph(f"photos/{name}", TIMES[number - 1])
    return bring(table("path,camera", *(f"{name},north" for name in names)), "--root", "photos")


def test_photographs_of_a_reset_clock_are_kept_marked_and_listed() -> None:
    text = reset_clock(1, 2, 3, 4, 5, 6, deployed=True)
    assert "6  detections imported" in text
    assert "5  noted: camera not deployed at that time" in text
    assert "Camera north: 5 photographs were taken on a day on which it was not deployed" in text
    assert "north/IMG_0002.JPG (2000-01-01 00:00:31)" in text
    assert "--clock-offset north=SECONDS" in text and "correct_clock" in text
    assert {image.path[-5]: image.clock_problem for image in Image.objects.all()} == {
        "1": "", "2": "factory", "3": "factory", "4": "future", "5": "factory", "6": "factory",
    }  # fmt: skip
    assert stored("IMG_0006.JPG").captured_at is None  # no zone is defined for the year 1
    problems = ImportProblem.objects.filter(severity="warning")
    assert set(problems.values_list("reason", flat=True)) == {
        "camera not deployed at that time",
        "time that cannot be right",
    }


def test_impossible_times_are_told_without_any_deployment() -> None:
    text = reset_clock(1, 3, 4, 6, deployed=False)
    assert "3  noted: time that cannot be right" in text
    for name in ("IMG_0003.JPG (1970", "IMG_0004.JPG (2099", "IMG_0006.JPG (0001"):
        assert name in text
    assert "not deployed" not in text


def test_a_right_clock_is_not_talked_of() -> None:
    assert "noted" not in reset_clock(1, deployed=True)


def test_an_offset_mends_even_the_year_one() -> None:
    photograph("photos/a.jpg", "0001:01:01 00:00:00")
    right = datetime(2025, 10, 3, 6, tzinfo=UTC)
    seconds = (right - datetime(1, 1, 1, tzinfo=UTC)).total_seconds()
    source = table("path,camera", "a.jpg,north")
    text = bring(source, "--root", "photos", "--clock-offset", f"north={seconds}")
    assert "noted" not in text
    assert stored("a.jpg").captured_at == datetime(2025, 10, 3, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["9999-12-31 23:59:59Z", "9999-12-31 23:59:59", "3000-01-01 00:00:00"]
)
def test_a_clock_at_the_end_of_the_calendar_costs_no_photograph(text: str, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    photograph("photos/a.jpg")
    photograph("photos/b.jpg", "2025:10:03 06:12:44")
    source = table("path,camera,captured_at", f"a.jpg,north,{text}", "b.jpg,north,")
    assert "2  detections imported" in bring(source, "--root", "photos")
    assert (stored("a.jpg").captured_at, stored("a.jpg").clock_problem) == (None, "future")
    assert stored("b.jpg").captured_at is not None


# --- folders --------------------------------------------------------------------------------------


def cards_of_a_camera() -> None:
    for site in ("Site_001", "Site_002", "100RECNX", "DCIM"):
        for number in (1, 2):
            photograph(f"photos/{site}/IMG_000{number}.JPG", f"2025:10:0{number} 06:12:44")


def test_folders_that_nobody_called_deer_become_none() -> None:
    cards_of_a_camera()
    with pytest.raises(CommandError, match="Site_001"):
        bring("photos")
    for model in (Deer, Detection, Image, Import):
        assert not model._default_manager.exists()


def test_a_folder_that_is_a_deer() -> None:
    for number in (1, 2):
        photograph(f"named/Old Gus/IMG_000{number}.JPG", f"2025:11:0{number} 06:12:44")
    bring("named", "--folders", "deer")
    assert Deer.objects.get().name == "Old Gus"
    assert Detection.objects.filter(is_reference=True).count() == 2


def test_a_bare_folder_is_effort_until_a_detector_has_looked() -> None:
    cards_of_a_camera()
    text = bring("photos", "--folders", "cameras")
    assert "8  of them not yet looked at by a detector" in text and "4  cameras new" in text
    assert set(Image.objects.values_list("looked", flat=True)) == {"no"}
    assert not Detection.objects.exists() and not Deer.objects.exists()
    bring(table("path", "Site_001/IMG_0001.JPG"), "--root", "photos")
    image = Image.objects.get(detections__isnull=False)
    assert (image.looked, image.camera and image.camera.name) == ("yes", "Site_001")
    assert Image.objects.filter(looked="no").count() == 7


def test_folders_are_said_of_a_folder_alone_and_a_table_takes_cameras_by_the_pattern_that_is_shown() -> (
    None
):
    photograph("photos/north/a.jpg", "2025:10:03 06:12:44")
    source = table("path", "north/a.jpg")
    with pytest.raises(CommandError, match=r"table\.csv is a file: leave it out") as refused:
        bring(source, "--root", "photos", "--folders", "cameras")
    assert not Image.objects.exists()
    shown = str(refused.value).rpartition("--camera '")[2].partition("'")[0]
    bring(source, "--root", "photos", "--camera", shown)
    camera = stored("a.jpg").camera
    assert camera and camera.name == "north"


def test_photographs_without_a_camera_are_asked_for_one() -> None:
    photograph("photos/a.jpg", "2025:10:03 06:12:44")
    assert "1 photograph has no camera, such as a.jpg" in bring("photos")
    photograph("more/b.jpg", "2025:10:03 06:12:44")
    assert "have no camera" not in bring("more", "--camera", "north")
    assert stored("b.jpg").camera == Camera.objects.get(name="north")


def test_a_camera_is_known_from_its_label() -> None:
    label = b"RECONYXH2\0".ljust(0x68, b"\0") + b"NORTH GATE".ljust(400, b"\0")
    photograph("photos/a.jpg", "2025:10:03 06:12:44", note=label)
    text = bring("photos")
    assert "1 photograph has its camera from what it wrote into it (NORTH GATE)" in text
    assert stored("a.jpg").camera == Camera.objects.get(name="NORTH GATE")


def test_help_and_question_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_detections", "--help")
    text = " ".join(capsys.readouterr().out.split())
    assert "Without --folders such a folder is refused, unless --camera takes the cameras" in text
    for word in ("deer", "cameras", "none"):
        assert f" {word} " in text
