"""Backups that must not be restored, and stores without folders: refused in one sentence, nothing changed."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from reid.imaging.canonical import crop_name
from reid.models import Deer, Detection
from reid.storage.bucket import BucketStorage
from reid.storage.photo_store import StoreAway
from reid.tests import make
from thumper.backups import making, manifest, restoring
from thumper.backups.problems import BackupProblem, size_text

if TYPE_CHECKING:
    from reid.tests.buckets import Bucket
    from thumper.backups.folder import BackupFolder
    from thumper.backups.manifest import Manifest

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def made(store: None, backups: BackupFolder) -> Manifest:
    return making.make(backups).manifest


def rewritten(backups: BackupFolder, made: Manifest, **changes: Any) -> None:
    """The backup with another manifest, as another Thumper would have written it."""
    manifest.write(backups.folder_of(made.name), dataclasses.replace(made, **changes))


def refused(backups: BackupFolder, *, replace: bool = True) -> str:
    """The sentence by which a restore is refused; the store and its files are as they were."""
    before = {path: path.stat().st_mtime_ns for path in settings.MEDIA_ROOT.rglob("*")}
    with pytest.raises(BackupProblem) as problem:
        restoring.restore(backups, replace=replace)
    assert Deer.objects.count() == 2
    assert {path: path.stat().st_mtime_ns for path in settings.MEDIA_ROOT.rglob("*")} == before
    return str(problem.value)


def test_one_of_a_newer_schema_is_refused(backups: BackupFolder, made: Manifest) -> None:
    newer = [*made.migrations, ("reid", "9999_of_next_year")]
    rewritten(backups, made, migrations=newer, thumper="9.0")
    text = refused(backups)
    assert text == (
        f"The backup {made.name} was made by a newer Thumper (9.0), whose migration reid.9999_of_next_year this one "
        "does not know: upgrade this one first."
    )


def test_one_of_a_newer_format_is_refused(backups: BackupFolder, made: Manifest) -> None:
    rewritten(backups, made, format=manifest.FORMAT + 1)
    assert "was made by a newer Thumper: upgrade this one first" in refused(backups)


def test_one_of_the_other_kind_of_database_is_refused(
    backups: BackupFolder, made: Manifest
) -> None:
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    rewritten(backups, made, vendor=other)
    assert "restore it where DATABASE_URL names such a one" in refused(backups)


@pytest.mark.parametrize("file", ["manifest.json", "files.jsonl", "database"])
def test_one_with_a_changed_file_of_its_own_is_refused(
    backups: BackupFolder, made: Manifest, file: str
) -> None:
    path = backups.folder_of(made.name) / (made.database if file == "database" else file)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert f"The backup {made.name} is damaged" in refused(backups)


def test_one_with_a_missing_content_is_refused(backups: BackupFolder, made: Manifest) -> None:
    min(backups.path.glob("contents/??/*")).unlink()
    assert "is missing: it is" in refused(backups)


def test_a_backup_that_is_not_there_is_named(backups: BackupFolder, made: Manifest) -> None:
    with pytest.raises(BackupProblem, match="There is no backup 2001-01-01T000000Z in"):
        restoring.restore(backups, "2001-01-01T000000Z", replace=True)


def test_what_does_not_fit_is_not_begun(
    backups: BackupFolder, made: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(settings.MEDIA_ROOT / "season")
    usage = shutil.disk_usage(settings.MEDIA_ROOT)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "make room there first" in refused(backups)


def test_other_photographs_under_the_same_names_are_not_overwritten_unasked(
    backups: BackupFolder, made: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.MEDIA_ROOT / "season" / "0.jpg").write_bytes(b"another one")
    monkeypatch.setattr(restoring, "OF_PEOPLE", ())  # as in a store without rows
    text = refused(backups, replace=False)
    assert (
        "1 files of the backup are there with another content (season/0.jpg is the first)" in text
    )


def test_a_name_as_long_as_a_file_system_takes_it_is_restored(
    backups: BackupFolder, store: None
) -> None:
    photograph = settings.MEDIA_ROOT / "season" / ("\N{DEER}" * 62 + ".jpg")
    photograph.write_bytes(b"of a card")
    making.make(backups)
    photograph.unlink()
    restoring.restore(backups, replace=True)
    assert photograph.read_bytes() == b"of a card"


def test_a_crop_of_a_box_that_was_changed_since_is_made_again(
    backups: BackupFolder, store: None
) -> None:
    """The restored row has the box of before, so that a younger crop shows another part of the photograph."""
    detection = Detection.objects.filter(deer=None).get()
    crop = settings.MEDIA_ROOT / crop_name(detection.pk)
    crop.unlink()
    making.make(backups, with_photographs=False)
    crop.write_bytes(b"of the new box")
    kept = settings.MEDIA_ROOT / "season" / "new.jpg"
    kept.write_bytes(b"came later")
    restored = restoring.restore(backups, replace=True)
    assert restored.remade == 1
    assert not crop.exists()
    assert kept.exists()


def test_photographs_of_a_bucket_are_backed_up_and_restored(
    backups: BackupFolder, folders: dict[str, str], bucket: Bucket
) -> None:
    for number, content in enumerate((b"one", b"two", b"three"), 1):
        make.image(f"season/{number}.jpg")
        default_storage.save(f"season/{number}.jpg", ContentFile(content))
    made = making.make(backups).manifest
    assert (made.files, made.missing) == (3, 0)
    default_storage.delete("season/1.jpg")
    default_storage.delete("season/2.jpg")
    default_storage.save("season/2.jpg", ContentFile(b"spoiled"))
    restored = restoring.restore(backups, replace=True)
    assert restored.written == 2
    assert [bucket.content(f"season/{number}.jpg") for number in (1, 2, 3)] == [
        *(b"one", b"two", b"three")
    ]


def test_a_second_restore_into_a_bucket_writes_and_reads_no_photograph(
    backups: BackupFolder, folders: dict[str, str], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.image("season/1.jpg")
    default_storage.save("season/1.jpg", ContentFile(b"one"))
    making.make(backups)
    default_storage.delete("season/1.jpg")
    assert restoring.restore(backups, replace=True).written == 1
    monkeypatch.setattr(BucketStorage, "open", lambda *_: pytest.fail("its sum is kept beside it"))
    assert restoring.restore(backups, replace=True).written == 0


@pytest.mark.parametrize(
    ("command", "what"), [("backup", "making.make"), ("restore", "restoring.restore")]
)
def test_a_bucket_that_is_away_is_said_in_its_own_sentence(
    backups: BackupFolder, monkeypatch: pytest.MonkeyPatch, command: str, what: str
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreAway("The bucket deer does not answer.")

    monkeypatch.setattr(f"thumper.backups.{what}", away)
    with pytest.raises(CommandError, match="The bucket deer does not answer"):
        call_command(command, backups.path)


def test_sizes_are_said_as_disks_are_sold() -> None:
    sizes = (999, 1000, 1_250_000, 3_000_000_000, 5 * 10**15)
    assert [size_text(size) for size in sizes] == [
        "999 B",
        "1.0 KB",
        "1.2 MB",
        "3.0 GB",
        "5,000.0 TB",
    ]
