"""The archive: what is in it, what is missing and why, and that it always accounts for every id."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.conf import settings as django_settings
from PIL import Image as PILImage

from exports.archive.crop_names import crop_name
from exports.archive.crops_zip import DELETED, EVERY_CROP_MISSING, PRIVATE_CLASS, NothingExported
from exports.archive.crops_zip import write_archive as write
from exports.archive.metadata import COLUMNS
from exports.requests.specs import ArchiveSpec
from reid.tests import make

if TYPE_CHECKING:
    from reid.models import Detection, Image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def ignore_progress(done: int, total: int) -> None:
    """For tests that are about the files."""


def spec(*detections: Detection | UUID, crops: bool = True, table: bool = True, size: int = 300):
    ids = tuple(item if isinstance(item, UUID) else item.pk for item in detections)
    return ArchiveSpec(ids, crops, table, size)


def archive(of: ArchiveSpec) -> zipfile.ZipFile:
    out = io.BytesIO()
    write(of, out, ignore_progress)
    return zipfile.ZipFile(out)


def items(file: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    lines = json.loads(file.read("manifest.json"))["items"]
    return {line["detection_id"]: line for line in lines}


def table(file: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(file.read("metadata.csv").decode("utf-8-sig"), newline=""))
    )


def crop(file: zipfile.ZipFile, of: Detection) -> PILImage.Image:
    return PILImage.open(io.BytesIO(file.read(crop_name(of, ()))))


def colour(picture: PILImage.Image, x: int, y: int) -> tuple[int, int, int]:
    red, green, blue = np.asarray(picture)[y, x].tolist()
    return red, green, blue


def is_red(picture: PILImage.Image, x: int, y: int) -> bool:
    red, green, blue = colour(picture, x, y)
    return red > 150 > 90 > max(green, blue)


def save(picture: PILImage.Image, path: str, **options: Any) -> Image:
    """A stored image row of `picture`, written as JPEG; give the size after turning where it turns."""
    size = options.pop("size", picture.size)
    target = Path(django_settings.MEDIA_ROOT) / path
    picture.save(target, "JPEG", quality=95, **options)
    return make.image(path, width=size[0], height=size[1])


def test_an_archive_holds_table_crops_and_last_the_manifest() -> None:
    first = make.detection(image=make.image(with_file=True))
    second = make.detection(image=first.image, x=120)
    file = archive(spec(second, first))
    assert file.namelist() == [
        "metadata.csv",
        crop_name(second, ()),
        crop_name(first, ()),
        "manifest.json",
    ]
    assert file.testzip() is None
    assert [row["detection_id"] for row in table(file)] == [str(second.pk), str(first.pk)]
    stored = {info.filename: info.compress_type for info in file.infolist()}
    assert stored[crop_name(first, ())] == zipfile.ZIP_STORED
    assert stored["metadata.csv"] == zipfile.ZIP_DEFLATED


def test_the_manifest_says_what_was_asked_and_gives_sizes_and_checksums() -> None:
    row = make.detection(image=make.image(with_file=True))
    file = archive(spec(row, size=128))
    manifest = json.loads(file.read("manifest.json"))
    assert manifest["asked_for"] == {
        "detections": 1,
        "include_crops": True,
        "include_metadata_csv": True,
        "crop_size": 128,
    }
    for line in (manifest["metadata"], manifest["items"][0]):
        data = file.read(line["file"])
        assert line["size_bytes"] == len(data)
        assert line["sha256"] == hashlib.sha256(data).hexdigest()


def test_every_row_of_the_table_has_the_columns_of_the_contract() -> None:
    camera = make.camera("North gate")
    image = make.image("a/one.jpg", camera=camera, captured_at=datetime(2025, 7, 1, 5, tzinfo=UTC))
    gus = make.deer("Gus", sex="buck")
    row = make.detection(
        image=image,
        deer=gus,
        classification="doe",
        corrected_classification="buck",
        confidence=0.875,
    )
    scorer = make.scorer()
    in_run = make.run(scorer)
    make.score(row, gus, 8765, in_run, threshold_used=7000)
    make.score(row, make.deer(), 9999, in_run)  # of a deer that it was not assigned to
    (line,) = table(archive(spec(row, crops=False)))
    assert tuple(line) == COLUMNS
    assert line == {
        "detection_id": str(row.pk),
        "image_id": str(image.pk),
        "filename": "a/one.jpg",
        "captured_at": "2025-07-01T05:00:00+00:00",
        "camera": "North gate",
        "classification": "doe",
        "corrected_classification": "buck",
        "confidence": "0.8750",
        "bbox_x": "10",
        "bbox_y": "10",
        "bbox_width": "100",
        "bbox_height": "100",
        "deer_id": str(gus.pk),
        "deer_name": "Gus",
        "identity_source": "imported",
        "similarity_score": "0.8765",
        "threshold_used": "0.7000",
        "embedding_space": scorer.fingerprint,
        "scorer": "embedding",
        "scorer_fingerprint": scorer.fingerprint,
        "encounter_id": str(image.encounter_id),
        "is_valid": "true",
        "created_at": row.created_at.isoformat(),
    }


def test_times_bear_the_offset_of_the_ranch(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"
    summer = make.detection(image=make.image(captured_at=datetime(2025, 7, 1, 5, tzinfo=UTC)))
    winter = make.detection(image=make.image(captured_at=datetime(2025, 12, 1, 5, tzinfo=UTC)))
    rows = table(archive(spec(summer, winter, crops=False)))
    assert [row["captured_at"] for row in rows] == [
        "2025-07-01T00:00:00-05:00",
        "2025-11-30T23:00:00-06:00",
    ]


def test_of_two_spaces_the_latest_score_is_told() -> None:
    gus = make.deer()
    row = make.detection(deer=gus)
    newest_space = make.scorer(is_active=False)
    older, newer = make.run(make.scorer()), make.run(newest_space)
    make.score(row, gus, 6000, newer, calculated_at=make.later(days=2))
    make.score(row, gus, 9000, older, calculated_at=make.later(days=1))
    (line,) = table(archive(spec(row, crops=False)))
    assert line["similarity_score"] == "0.6000"
    assert line["embedding_space"] == newest_space.fingerprint
    assert line["threshold_used"] == ""


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1", "\uff201"])
def test_a_name_that_a_spreadsheet_would_run_is_plain_text(name: str) -> None:
    camera = make.camera(name)
    row = make.detection(deer=make.deer(name), image=make.image(name + ".jpg", camera=camera))
    (line,) = table(archive(spec(row, crops=False)))
    assert line["deer_name"] == line["camera"] == f"'{name}"
    assert line["filename"] == f"'{name}.jpg"


@pytest.mark.parametrize("text", ["\tx", "\rx"])
def test_a_cell_that_begins_with_a_control_character_is_plain_text(text: str) -> None:
    """Names of deer and cameras are stored without it (see reid.naming); a file's name may begin so."""
    row = make.detection(image=make.image(text + ".jpg"))
    (line,) = table(archive(spec(row, crops=False)))
    assert line["filename"] == f"'{text}.jpg"


def test_what_cannot_be_included_is_missing_with_its_reason() -> None:
    good = make.detection(image=make.image(with_file=True))
    outside = make.detection(image=good.image, x=320)
    person = make.detection(image=good.image, x=50, classification="person")
    corrected = make.detection(image=good.image, x=60, corrected_classification="vehicle")
    gone = make.detection(image=make.image())
    broken = b"\xff\xd8\xff no picture"
    checksum = hashlib.sha256(broken).hexdigest()
    corrupt = make.detection(image=make.image("corrupt.jpg", sha256=checksum))
    (Path(django_settings.MEDIA_ROOT) / "corrupt.jpg").write_bytes(broken)
    overwritten = make.detection(image=make.image("overwritten.jpg"))
    make.photograph("overwritten.jpg")
    escaped = make.detection(image=make.image("../secret.jpg"))
    deleted = uuid4()
    asked = spec(good, outside, person, corrected, gone, corrupt, overwritten, escaped, deleted)
    out = io.BytesIO()
    result = write(asked, out, ignore_progress)
    assert (result.included, result.missing) == (1, 8)
    file = zipfile.ZipFile(out)
    reasons = {key: line.get("reason") for key, line in items(file).items()}
    assert reasons == {
        str(good.pk): None,
        str(outside.pk): "outside",
        str(person.pk): PRIVATE_CLASS,
        str(corrected.pk): PRIVATE_CLASS,
        str(gone.pk): "missing",
        str(corrupt.pk): "unreadable",
        str(overwritten.pk): "changed",
        str(escaped.pk): "unreadable",
        str(deleted): DELETED,
    }
    told = {row["detection_id"] for row in table(file)}
    assert told == {str(row.pk) for row in (good, outside, gone, corrupt, overwritten, escaped)}


def test_a_photograph_above_the_limit_is_not_decoded(settings) -> None:
    settings.IMAGE_MAX_PIXELS = 100
    row = make.detection(image=make.image(with_file=True))
    with pytest.raises(NothingExported, match="too_large"):
        archive(spec(row))


def test_no_crop_at_all_is_a_failure_that_says_why() -> None:
    row = make.detection(image=make.image())
    with pytest.raises(NothingExported) as raised:
        archive(spec(row, uuid4()))
    assert str(raised.value) == EVERY_CROP_MISSING.format(total=2, reason=DELETED)


def test_without_crops_no_photograph_is_needed() -> None:
    row = make.detection(image=make.image())
    file = archive(spec(row, crops=False))
    assert file.namelist() == ["metadata.csv", "manifest.json"]
    assert items(file)[str(row.pk)] == {"detection_id": str(row.pk), "status": "included"}


def test_without_a_table_there_are_crops_and_manifest() -> None:
    row = make.detection(image=make.image(with_file=True))
    file = archive(spec(row, table=False))
    assert file.namelist() == [crop_name(row, ()), "manifest.json"]
    assert json.loads(file.read("manifest.json"))["metadata"] is None


def test_a_crop_is_the_box_and_nothing_else() -> None:
    picture = PILImage.new("RGB", (400, 300), "white")
    picture.paste((200, 30, 30), (96, 48, 96 + 160, 48 + 80))
    row = make.detection(image=save(picture, "box.jpg"), x=96, y=48, width=160, height=80)
    cut = crop(archive(spec(row)), row)
    assert cut.size == (160, 80)  # smaller than 300, so not enlarged
    assert all(is_red(cut, x, y) for x in (2, 157) for y in (2, 77))


def test_a_large_crop_is_reduced_to_the_size_asked_for() -> None:
    picture = PILImage.new("RGB", (3200, 2400), "white")
    picture.paste((200, 30, 30), (800, 400, 2400, 1200))
    row = make.detection(image=save(picture, "large.jpg"), x=800, y=400, width=1600, height=800)
    cut = crop(archive(spec(row, size=200)), row)
    assert cut.size == (200, 100)
    assert is_red(cut, 3, 3)
    assert is_red(cut, 196, 96)


def test_a_small_box_beside_a_large_one_keeps_its_pixels() -> None:
    picture = PILImage.new("RGB", (3200, 2400), "white")
    image = save(picture, "both.jpg")
    large = make.detection(image=image, x=0, y=0, width=3200, height=2400)
    small = make.detection(image=image, x=100, y=100, width=90, height=60)
    file = archive(spec(large, small, size=128))
    assert crop(file, large).size == (128, 96)
    assert crop(file, small).size == (90, 60)


def test_a_box_that_leaves_its_photograph_is_clamped() -> None:
    row = make.detection(image=make.image(with_file=True), x=270, y=200, width=100, height=100)
    assert crop(archive(spec(row)), row).size == (50, 40)


def test_a_rotated_photograph_is_cut_upright() -> None:
    """Stored lying (300 x 400), shown standing (400 x 300): the box is of what is shown."""
    shown = PILImage.new("RGB", (400, 300), "white")
    shown.paste((200, 30, 30), (0, 0, 96, 48))
    exif = PILImage.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    lying = shown.transpose(PILImage.Transpose.ROTATE_90)
    image = save(lying, "turned.jpg", exif=exif, size=shown.size)
    row = make.detection(image=image, x=0, y=0, width=96, height=48)
    cut = crop(archive(spec(row)), row)
    assert cut.size == (96, 48)
    assert is_red(cut, 2, 2)
    assert is_red(cut, 93, 45)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_greyscale_and_cmyk_photographs_give_rgb_crops(mode: str) -> None:
    image = save(PILImage.new("RGB", (64, 64), (128, 128, 128)).convert(mode), f"{mode}.jpg")
    row = make.detection(image=image, x=0, y=0, width=64, height=64)
    cut = crop(archive(spec(row)), row)
    assert cut.mode == "RGB"
    assert all(abs(value - 128) < 12 for value in colour(cut, 32, 32))


def test_the_same_input_gives_the_same_bytes(monkeypatch) -> None:
    monkeypatch.setattr("exports.archive.crops_zip.timezone.localtime", lambda *_: make.NOON)
    row = make.detection(image=make.image(with_file=True))
    first, second = io.BytesIO(), io.BytesIO()
    write(spec(row), first, ignore_progress)
    write(spec(row), second, ignore_progress)
    assert first.getvalue() == second.getvalue()


def test_progress_counts_every_item_the_missing_too() -> None:
    row = make.detection(image=make.image(with_file=True))
    other = make.detection(image=make.image())
    seen: list[tuple[int, int]] = []
    asked = spec(row, uuid4(), other)
    write(asked, io.BytesIO(), lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (2, 3), (3, 3)]


def test_what_progress_raises_comes_through() -> None:
    class Withdrawn(Exception):
        pass

    def withdraw(done: int, total: int) -> None:
        raise Withdrawn

    row = make.detection(image=make.image(with_file=True))
    with pytest.raises(Withdrawn):
        write(spec(row), io.BytesIO(), withdraw)


def test_queries_do_not_grow_with_rows(django_assert_num_queries) -> None:
    def stored(count: int) -> list[Detection]:
        return [
            make.detection(deer=make.deer(), image=make.image(camera=make.camera()))
            for _ in range(count)
        ]

    few, many = stored(1), stored(12)
    for rows in (few, many):
        with django_assert_num_queries(3):  # detections, their scores, people beside them
            archive(spec(*rows, crops=False))
