"""Photographs of imports: each is its bytes, wherever its file lies and whatever its name is."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags
from PIL import Image as PILImage

from reid.importing import report as import_report
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.reading import check_rows, endings, files, readings
from reid.importing.reading.files import Library
from reid.importing.rows import RefusalReason
from reid.models import Deer, Detection, Image, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.importing.report import ImportReport

    Bring = Callable[..., ImportReport]

pytestmark = pytest.mark.django_db
OLD = 1_700_000_000_000_000_000


def draw(file: Path, seed: str = "", time: str = "", **save: Any) -> Path:
    """A photograph of 640 x 480, of an hour ago; alike where seeds are."""
    exif = PILImage.Exif()
    if time:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = time
    pixels = hashlib.sha256((seed or str(file)).encode()).digest()[:24]
    picture = PILImage.frombytes("RGB", (4, 2), pixels)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.resize((640, 480), PILImage.Resampling.NEAREST).save(file, exif=exif, **save)
    os.utime(file, ns=(OLD, OLD))
    return file


def detector_file(file: Path, boxes: dict[str, float | None]) -> Path:
    """A detector's file: of each path the left edge of its one box, or None for no box."""
    images = [
        {
            "file": path,
            "detections": []
            if left is None
            else [{"category": "1", "conf": 0.9, "bbox": [left, 0.2, 0.4, 0.6]}],
        }
        for path, left in boxes.items()
    ]
    document = {
        "info": {"format_version": "1.4"},
        "detection_categories": {"1": "animal"},
        "images": images,
    }
    file.write_text(json.dumps(document))
    return file


def table(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def bring(media_root: Path, django_user_model: Any) -> Bring:
    ranger = django_user_model.objects.create(username="ranger")

    def bring(source: Path, **options: Any) -> ImportReport:
        return import_detections(source, actor=ranger, options=ImportOptions(**options))

    return bring


def boxes() -> dict[str, list[int]]:
    """The left edges of the boxes on each photograph, by the day of the month."""
    return {
        f"{image.captured_at:%m-%d %H}": [row.x for row in image.detections.all()]
        for image in Image.objects.all()
        if image.captured_at
    }


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read whole."""
    names: list[str] = []
    look_into = Library.look_into

    def look(self: Library, located: readings.LocatedFile) -> readings.Photograph:
        names.append(located.source.name)
        return look_into(self, located)

    monkeypatch.setattr(Library, "look_into", look)
    return names


# --- the next card --------------------------------------------------------------------------------


def card(root: Path, month: str) -> Path:
    shutil.rmtree(root, ignore_errors=True)
    day = {"october": "2025:10:03", "november": "2025:11:07"}[month]
    for number in (1, 2):
        name = f"DCIM/100RECNX/RCNX000{number}.JPG"
        draw(root / name, f"{month}{number}", f"{day} 0{number + 5}:12:44")
    return root


@pytest.mark.parametrize("link", [False, True])
def test_the_next_card_lies_beside_the_last_one(
    bring: Bring, tmp_path: Path, media_root: Path, link: bool
) -> None:
    first, second = (f"DCIM/100RECNX/RCNX000{number}.JPG" for number in (1, 2))
    october = detector_file(tmp_path / "october.json", {first: 0.1, second: None})
    november = detector_file(tmp_path / "november.json", {first: 0.55, second: 0.2})
    root = card(tmp_path / "photos", "october")
    assert bring(october, root=root, link=link).images == 2
    again = bring(october, root=root, link=link)
    assert (again.images, again.skipped) == (0, {import_report.ALREADY: 2})
    card(root, "november")
    for dry_run in (True, False):
        report = bring(november, root=root, link=link, dry_run=dry_run)
        assert (report.detections, report.images, report.refused) == (2, 2, {})
        assert report.notes == {files.BESIDE: 2 - 1}
    assert boxes() == {"10-03 06": [64], "10-03 07": [], "11-07 06": [352], "11-07 07": [128]}
    for image in Image.objects.all():
        assert hashlib.sha256((media_root / image.path).read_bytes()).hexdigest() == image.sha256
    assert bring(november, root=root, link=link).skipped == {import_report.ALREADY: 2}
    card(root, "october")
    assert bring(october, root=root, link=link).skipped == {import_report.ALREADY: 2}
    assert Image.objects.count() == 4


def test_a_tables_names_of_deer_stay_on_their_own_cards_photographs(
    bring: Bring, tmp_path: Path
) -> None:
    name = "DCIM/100RECNX/RCNX0001.JPG"
    for month, deer in (("october", "Ada"), ("november", "Bob")):
        root = card(tmp_path / "photos", month)
        assert bring(table(tmp_path / "deer.csv", "path,deer", f"{name},{deer}"), root=root).images
    named = Detection.objects.values_list("image__captured_at__month", "deer__name")
    assert sorted(named) == [(10, "Ada"), (11, "Bob")]


def test_a_folder_a_deer_of_the_next_card_is_other_photographs(
    bring: Bring, tmp_path: Path
) -> None:
    for seed in ("october", "november"):
        draw(tmp_path / "deer/Ada/IMG_0001.JPG", seed)
        assert bring(tmp_path / "deer", folders="deer").detections == 1
    assert Image.objects.count() == Detection.objects.filter(deer__name="Ada").count() == 2


def test_files_of_one_size_and_time_are_told_apart_by_their_bytes(
    bring: Bring, tmp_path: Path
) -> None:
    """Cameras whose clock began anew, and that pad every photograph to one size."""
    sources = [tmp_path / "one/a.jpg", tmp_path / "two/one/a.jpg"]
    for source in sources:
        draw(source)
        source.write_bytes(source.read_bytes().ljust(20_000, b"\0"))
        os.utime(source, ns=(OLD, OLD))
        bring(table(source.parent / "t.csv", "path", "a.jpg"))
    assert Image.objects.count() == 2


def test_a_file_in_place_that_was_overwritten_is_named_and_comes_in_as_another(
    bring: Bring, media_root: Path
) -> None:
    file = draw(media_root / "north/a.jpg", "october")
    source = table(media_root / "north/t.csv", "path", "a.jpg")
    bring(source)
    old = Image.objects.get()
    draw(file, "november")
    os.utime(file)
    report = bring(source)
    assert report.notes == {files.BESIDE: 1, files.OVERWRITTEN: 1}
    assert any("north/a.jpg has been overwritten" in text for text in report.warnings)
    new = Image.objects.exclude(pk=old.pk).get()
    assert new.path == f"north/a-{new.sha256[:12]}.jpg"
    assert (media_root / new.path).read_bytes() == file.read_bytes()
    assert old.detections.count() == new.detections.count() == 1
    assert bring(source).skipped == {import_report.ALREADY: 1}


# --- the same bytes elsewhere ---------------------------------------------------------------------


def test_a_second_table_about_a_renamed_copy_names_the_stored_photographs_deer(
    bring: Bring, tmp_path: Path, media_root: Path
) -> None:
    draw(tmp_path / "card/DCIM/IMG_0001.JPG", "x", "2025:10:03 06:12:44")
    bring(detector_file(tmp_path / "card/d.json", {"DCIM/IMG_0001.JPG": 0.1}))
    (tmp_path / "sorted").mkdir()
    shutil.copy(tmp_path / "card/DCIM/IMG_0001.JPG", tmp_path / "sorted/buck at the gate.jpg")
    lines = ("path,x,y,width,height,deer,camera", "buck at the gate.jpg,64,96,256,288,Ada,oak")
    report = bring(table(tmp_path / "sorted/t.csv", *lines))
    assert (report.images, report.updated, report.deer) == (0, 1, 1)
    image = Image.objects.get()
    assert image.camera is not None and image.camera.name == "oak"
    row = Detection.objects.get()
    assert row.deer == Deer.objects.get(name="Ada")
    assert [file.name for file in media_root.rglob("*.*") if file.is_file()] == ["IMG_0001.JPG"]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("camera", "elm", check_rows.STORED_CAMERA),
        ("captured_at", "2025-10-01 13:00:00", check_rows.STORED_TIME),
    ],
)
def test_another_camera_or_time_for_the_same_bytes_is_refused_by_name(
    bring: Bring, tmp_path: Path, column: str, value: str, text: str
) -> None:
    draw(tmp_path / "one/a.jpg", "x")
    line = "a.jpg,oak,2025-10-01 12:00:00"
    bring(table(tmp_path / "one/t.csv", "path,camera,captured_at", line))
    draw(tmp_path / "two/b.jpg", "x")
    report = bring(table(tmp_path / "two/t.csv", f"path,{column}", f"b.jpg,{value}"))
    (refusal,) = report.refusals
    assert refusal.reason is RefusalReason.CONFLICT
    expected = text.format(
        path="one/a.jpg", camera="oak", other=value, stored="2025-10-01 12:00:00 UTC"
    )
    assert refusal.text == expected
    same = ("path,camera,captured_at", "b.jpg, OAK ,2025-10-01 12:00:00")
    assert bring(table(tmp_path / "two/t.csv", *same)).skipped == {import_report.COPY: 1}
    image = Image.objects.get()
    assert image.captured_at == datetime(2025, 10, 1, 12, tzinfo=UTC)


def test_two_files_of_the_same_bytes_in_one_batch_are_one_photograph_with_the_rows_of_both(
    bring: Bring, tmp_path: Path
) -> None:
    draw(tmp_path / "a.jpg", "x")
    draw(tmp_path / "b.jpg", "x")
    report = bring(
        table(
            tmp_path / "t.csv",
            "path,x,y,width,height,deer,camera",
            "a.jpg,0,0,100,100,Ada,",
            "b.jpg,0,0,100,100,Ada,",
            "b.jpg,300,0,100,100,Bob,oak",
        )
    )
    assert (report.images, report.detections, report.skipped) == (1, 2, {import_report.COPY: 1})
    image = Image.objects.get()
    assert image.camera is not None and image.camera.name == "oak"
    assert dict(image.detections.values_list("x", "deer__name")) == {0: "Ada", 300: "Bob"}
    assert report.items == 3


def test_one_file_in_the_folders_of_two_deer_is_a_contradiction(
    bring: Bring, tmp_path: Path
) -> None:
    draw(tmp_path / "deer/Ada/1.jpg", "x")
    draw(tmp_path / "deer/Bob/1.jpg", "x")
    (refusal,) = bring(tmp_path / "deer", folders="deer").refusals
    assert (refusal.path, refusal.reason) == ("Bob/1.jpg", RefusalReason.CONFLICT)
    assert Detection.objects.get().deer == Deer.objects.get(name="Ada")


# --- known without reading ------------------------------------------------------------------------


def test_what_has_not_changed_is_not_read_again_unless_it_is_to_be_verified(
    bring: Bring, tmp_path: Path, reads: list[str]
) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw(tmp_path / name)
    source = table(tmp_path / "t.csv", "path", "a.jpg", "b.jpg")
    for options, names in (
        ({}, ["a.jpg", "b.jpg"]),
        ({}, []),
        ({"verify": True}, ["a.jpg", "b.jpg"]),
    ):
        reads.clear()
        bring(source, **options)
        assert sorted(reads) == names
    os.utime(tmp_path / "b.jpg", ns=(OLD, OLD + 1))
    reads.clear()
    assert bring(source).skipped == {import_report.ALREADY: 2}
    assert reads == ["b.jpg"]


def test_a_file_that_was_just_written_is_read_again(
    bring: Bring, tmp_path: Path, reads: list[str]
) -> None:
    """Its time could stay the same while other bytes are written: cards count two seconds."""
    os.utime(draw(tmp_path / "a.jpg"))
    source = table(tmp_path / "t.csv", "path", "a.jpg")
    bring(source)
    bring(source)
    assert reads == ["a.jpg", "a.jpg"]
    assert not SourceFile.objects.exists()


def test_a_dry_run_remembers_no_file(bring: Bring, tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    bring(table(tmp_path / "t.csv", "path", "a.jpg"), dry_run=True)
    assert not SourceFile.objects.exists()


def test_a_stored_file_that_is_gone_comes_back(
    bring: Bring, tmp_path: Path, media_root: Path
) -> None:
    draw(tmp_path / "card/a.jpg")
    source = table(tmp_path / "card/t.csv", "path", "a.jpg")
    bring(source)
    (media_root / "card/a.jpg").unlink()
    assert bring(source).skipped == {import_report.ALREADY: 1}
    assert (media_root / "card/a.jpg").read_bytes() == (tmp_path / "card/a.jpg").read_bytes()


def test_a_kill_between_placing_a_file_and_writing_its_row_leaves_nothing_false(
    bring: Bring, tmp_path: Path, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "photos"
    source = table(tmp_path / "t.csv", "path", "DCIM/100RECNX/RCNX0001.JPG")
    card(root, "october")
    with monkeypatch.context() as patch:
        patch.setattr("reid.importing.writing.writer.ImportWriter.write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bring(source, root=root)
    assert not Image.objects.exists() and not SourceFile.objects.exists()
    card(root, "november")
    assert bring(source, root=root).images == 1
    card(root, "october")
    assert bring(source, root=root).images == 1
    assert Image.objects.count() == 2
    for image in Image.objects.all():
        assert hashlib.sha256((media_root / image.path).read_bytes()).hexdigest() == image.sha256


# --- paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "beginning", ["D:\\TrailCams\\2025\\", "/content/drive/My Drive/TrailCams/"]
)
@pytest.mark.parametrize("is_table", [True, False])
def test_paths_of_another_machine_are_found_in_any_source(
    bring: Bring, tmp_path: Path, beginning: str, is_table: bool
) -> None:
    separator = beginning[-1]
    days = {"CamA": "2025:10:03 06:12:44", "CamB": "2025:10:04 06:12:44"}
    lefts: dict[str, float | None] = {}
    for left, (camera, time) in zip((0.1, 0.2), days.items(), strict=True):
        draw(tmp_path / f"photos/{camera}/IMG_0001.JPG", camera, time)
        lefts[f"{beginning}{camera}{separator}IMG_0001.JPG"] = left
    if is_table:
        lines = [f"{path},{left * 640},0,9,9" for path, left in lefts.items() if left]
        source = table(tmp_path / "d.csv", "path,x,y,width,height", *lines)
    else:
        source = detector_file(tmp_path / "d.json", lefts)
    report = bring(source, root=tmp_path / "photos")
    assert (report.detections, report.refused) == (2, {})
    assert boxes() == {"10-03 06": [64], "10-04 06": [128]}
    assert any("2 paths were shortened" in text for text in report.warnings)


def test_a_bare_name_of_another_machine_is_refused(bring: Bring, tmp_path: Path) -> None:
    draw(tmp_path / "photos/CamA/IMG_0001.JPG")
    source = detector_file(tmp_path / "d.json", {"D:\\IMG_0001.JPG": 0.1})
    report = bring(source, root=tmp_path / "photos")
    assert not report.could_read
    assert "--map" in report.refusals[0].text
    assert not Image.objects.exists()


def test_names_in_two_unicode_spellings_are_found(bring: Bring, tmp_path: Path) -> None:
    on_disk = [
        "North Gate #2 (old)/IMG 0001 100%.JPG",
        unicodedata.normalize("NFD", "Peña/IMG_0002.JPG"),
        "a%20b/IMG_0003.JPG",
        unicodedata.normalize("NFC", "Mühle/IMG_0004.JPG"),
    ]
    in_file = [
        on_disk[0],
        unicodedata.normalize("NFC", on_disk[1]),
        on_disk[2],
        unicodedata.normalize("NFD", on_disk[3]),
    ]
    for day, name in enumerate(on_disk, start=3):
        draw(tmp_path / "photos" / name, "", f"2025:10:0{day} 06:12:44")
    lefts = {path: number / 10 for number, path in enumerate(in_file, start=1)}
    report = bring(detector_file(tmp_path / "d.json", lefts), root=tmp_path / "photos")  # type: ignore[arg-type]
    assert (report.detections, report.images, report.refused) == (4, 4, {})
    assert boxes() == {
        "10-03 06": [64],
        "10-04 06": [128],
        "10-05 06": [192],
        "10-06 06": [256],
    }


# --- what lies in a folder ------------------------------------------------------------------------


def test_a_folder_with_everything_in_it(bring: Bring, tmp_path: Path) -> None:
    folder = tmp_path / "photos/Gus"
    sound = ["upper.JPG", "a.JPEG", "alpha.png", "sixteen.tif", "photo.webp", "photo.bmp"]
    sound += ["phone.HEIC", "new.avif"]
    for name in sound:
        draw(folder / name)
    for name in (
        "old.jpe",
        "web.jfif",
        "really-a-jpeg.png",
        "padded.jpg",
        "noend.jpg",
        "cut.jpg",
        "zerofill.jpg",
    ):
        draw(folder / name, format="JPEG")
    draw(folder / "stereo.mpo", format="MPO", save_all=True)
    whole = {
        name: (folder / name).read_bytes()
        for name in ("padded.jpg", "noend.jpg", "cut.jpg", "zerofill.jpg")
    }
    (folder / "padded.jpg").write_bytes(whole["padded.jpg"] + bytes(4096))
    (folder / "noend.jpg").write_bytes(whole["noend.jpg"][:-2])
    (folder / "cut.jpg").write_bytes(whole["cut.jpg"][: len(whole["cut.jpg"]) * 9 // 10])
    half = len(whole["zerofill.jpg"]) // 2
    (folder / "zerofill.jpg").write_bytes(whole["zerofill.jpg"][:half].ljust(2 * half, b"\0"))
    (folder / "empty.jpg").touch()
    for name in ("phone2.heic", "photo.gif", "raw.DNG", "clip.MP4", "notes.txt"):
        (folder / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(2000))
    for name in ("._upper.JPG", "Thumbs.db", ".DS_Store", "desktop.ini"):
        (folder / name).write_bytes(b"x")
    report = bring(tmp_path / "photos", folders="deer")
    assert report.detections == len(sound) + 6
    refused = {refusal.path.removeprefix("Gus/"): refusal.text for refusal in report.refusals}
    assert set(refused) == {"cut.jpg", "zerofill.jpg", "empty.jpg", "phone2.heic"}
    assert refused["empty.jpg"] == "the file is empty"
    assert not any("<" in text or str(tmp_path) in text for text in refused.values())
    texts = " ".join(report.warnings)
    for counted in ("dng 1", "gif 1", "heic 1", "mp4 1", "txt 1"):
        assert counted in texts
    assert not any(name in texts for name in ("db 1", "ini 1", "none 1"))
    assert report.notes == {
        endings.VIDEO: 1,
        endings.UNREAD: 1,
        endings.UNDECODED: 1,
        endings.OTHER: 1,
    }


def test_videos_and_other_formats_that_a_table_names_are_refused_and_counted(
    bring: Bring, tmp_path: Path
) -> None:
    names = ("a.mp4", "b.MP4", "c.gif", "d.jpg")
    draw(tmp_path / "d.jpg")
    for name in names[:3]:
        (tmp_path / name).write_bytes(b"GIF89a" + name.encode())
    report = bring(table(tmp_path / "t.csv", "path", *names))
    assert report.detections == 1
    assert report.refused == {RefusalReason.VIDEO.value: 2, RefusalReason.UNREADABLE.value: 1}
    texts = " ".join(report.warnings)
    assert "gif 1" in texts


def test_what_a_killed_import_had_begun_to_copy_is_cleared_by_the_next_one(
    bring: Bring, tmp_path: Path, media_root: Path
) -> None:
    folder = media_root / "card" / "CamA"
    folder.mkdir(parents=True)
    left, under_way, other = (folder / f".{name}.part" for name in ("a" * 32, "b" * 32, "mine"))
    for file in (left, under_way, other):
        file.write_bytes(b"half a photograph")
    for file in (left, other):
        os.utime(file, ns=(OLD, OLD))
    draw(tmp_path / "card" / "CamA" / "1.jpg")
    source = detector_file(tmp_path / "d.json", {"CamA/1.jpg": 0.1})
    bring(source, root=tmp_path / "card")
    assert [path.exists() for path in (left, under_way, other)] == [False, True, True]
