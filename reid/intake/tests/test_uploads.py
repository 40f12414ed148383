"""Uploads: files begun, gone on with, finished, and what stands in their way."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
from collections import namedtuple
from typing import TYPE_CHECKING, Any

import pytest

from reid.intake import figures, names, requests, storage, uploads
from reid.intake.refusals import (
    BadChecksum,
    Busy,
    NameTaken,
    NoRoom,
    NotNow,
    TooLarge,
    Unknown,
    WrongOffset,
)
from reid.intake.storage import Checksum
from reid.intake.tests.uploaded import put
from reid.intake.uploads import Announced
from reid.models import ImportRequest, UploadedFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


class Broken(io.BytesIO):
    """A connection that breaks after its bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if block := super().read(size):
            return block
        raise OSError("the connection was reset")


def begun(
    upload: ImportRequest, path: str = "card/1.jpg", size: int = 10, **more: Any
) -> UploadedFile:
    return uploads.begin(upload, Announced(path, size, **more))[0]


def test_two_windows_that_send_one_file_share_it(upload: ImportRequest) -> None:
    first, is_new = uploads.begin(upload, Announced("card/1.jpg", 10, 5))
    second, is_second_new = uploads.begin(upload, Announced("card/1.jpg", 10, 5))
    assert (is_new, is_second_new, first.pk) == (True, False, second.pk)
    uploads.append(first, 0, io.BytesIO(b"01234"), 5)
    with pytest.raises(WrongOffset):
        uploads.append(second, 0, io.BytesIO(b"01234"), 5)
    with storage.opened(first), pytest.raises(Busy):
        uploads.append(second, 5, io.BytesIO(b"56789"), 5)
    assert uploads.append(second, 5, io.BytesIO(b"56789"), 5) == 10
    assert (storage.folder_of(upload.pk) / "card/1.jpg").read_bytes() == b"0123456789"


def test_two_windows_that_begin_a_file_at_one_moment_share_it(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced = Announced("card/1.jpg", 10, 5)
    of_other: list[UploadedFile] = []
    parents_of = names.parents_of

    def meanwhile(path: str) -> list[str]:
        monkeypatch.setattr(names, "parents_of", parents_of)
        of_other.append(uploads.begin(upload, announced)[0])
        return parents_of(path)

    monkeypatch.setattr(names, "parents_of", meanwhile)
    file, is_new = uploads.begin(upload, announced)
    assert ([one.pk for one in of_other], is_new) == ([file.pk], False)


@pytest.mark.parametrize(
    "other",
    [
        Announced("card/1.jpg", 11, 5),
        Announced("card/1.jpg", 10, 6),
        Announced("Card/1.JPG", 10, 5),
    ],
)
def test_another_file_of_the_name_is_refused(upload: ImportRequest, other: Announced) -> None:
    begun(upload, modified_ms=5)
    with pytest.raises(NameTaken):
        uploads.begin(upload, other)


def test_a_file_of_the_same_bytes_is_the_same_whenever_it_was_copied(upload: ImportRequest) -> None:
    digest = hashlib.sha256(b"0123456789").hexdigest()
    file = begun(upload, modified_ms=5, sha256=digest)
    again, is_new = uploads.begin(upload, Announced("card/1.jpg", 10, 6, digest.upper()))
    assert (again.pk, is_new) == (file.pk, False)


def test_a_file_is_no_folder_of_another(upload: ImportRequest) -> None:
    put(upload, "card/a.jpg", b"x")
    with pytest.raises(NameTaken):
        begun(upload, "card/a.jpg/1.jpg")
    put(upload, "other.jpg/1.jpg", b"x")
    with pytest.raises(NameTaken):
        begun(upload, "other.jpg")
    assert UploadedFile.objects.count() == 2


def test_what_came_before_the_connection_broke_stays(upload: ImportRequest) -> None:
    file = begun(upload)
    with pytest.raises(OSError, match="reset"):
        uploads.append(file, 0, Broken(b"0123"), 10)
    assert uploads.offset_of(file) == 4
    assert uploads.append(file, 4, io.BytesIO(b"456789"), 6) == 10


def test_bytes_with_a_checksum_come_as_a_whole_or_not_at_all(upload: ImportRequest) -> None:
    file = begun(upload)
    right = Checksum("sha1", hashlib.sha1(b"0123456789").digest())
    with pytest.raises(OSError, match="reset"):
        uploads.append(file, 0, Broken(b"0123"), 10, right)
    assert uploads.offset_of(file) == 0
    with pytest.raises(BadChecksum):
        uploads.append(file, 0, io.BytesIO(b"9876543210"), 10, right)
    assert uploads.offset_of(file) == 0
    assert uploads.append(file, 0, io.BytesIO(b"0123456789"), 10, right) == 10


def test_a_file_that_came_otherwise_than_its_sender_has_it_goes(upload: ImportRequest) -> None:
    file = begun(upload, sha256=hashlib.sha256(b"0123456789").hexdigest())
    with pytest.raises(BadChecksum):
        uploads.append(file, 0, io.BytesIO(b"9876543210"), 10)
    assert not UploadedFile.objects.exists()
    assert not (storage.folder_of(upload.pk) / "card/1.jpg").exists()


def test_a_server_that_died_before_it_noted_the_end_finds_the_file(upload: ImportRequest) -> None:
    file = put(upload, "card/1.jpg", b"0123456789")
    UploadedFile.objects.update(finished_at=None)
    file.refresh_from_db()
    assert uploads.offset_of(file) == 10
    assert UploadedFile.objects.get().finished_at is not None


def test_a_disk_without_room_is_said_before_a_byte_is_sent(
    upload: ImportRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10_000, 0, 1_000))
    settings.UPLOAD_DISK_RESERVE = 400
    begun(upload, "1.jpg", 500)
    with pytest.raises(NoRoom) as refused:  # 100 more, since the first will still take its 500
        begun(upload, "2.jpg", 200)
    assert "100 more bytes" in str(refused.value)
    begun(upload, "3.jpg", 100)


def test_a_disk_that_fills_on_the_way_is_said(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = begun(upload)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "write", full)
    with pytest.raises(NoRoom):
        uploads.append(file, 0, io.BytesIO(b"0123456789"), 10)
    assert uploads.offset_of(file) == 0


def test_an_import_takes_so_many_files(upload: ImportRequest, settings: Any) -> None:
    settings.UPLOAD_MAX_FILES = 1
    begun(upload)
    with pytest.raises(TooLarge):
        begun(upload, "2.jpg")


def test_nothing_is_sent_to_an_import_under_way(upload: ImportRequest) -> None:
    file = begun(upload)
    ImportRequest.objects.update(state=ImportRequest.State.IMPORTING)
    file = uploads.find(upload.pk, file.pk)
    for act in (
        lambda: begun(file.request, "2.jpg"),
        lambda: uploads.append(file, 0, io.BytesIO(b"0"), 1),
        lambda: uploads.take_away(file),
    ):
        with pytest.raises(NotNow):
            act()


def test_a_file_is_of_its_import_alone(upload: ImportRequest, ranger: Any) -> None:
    file = begun(upload)
    other = requests.create_upload(ranger, "South gate")
    with pytest.raises(Unknown):
        uploads.find(other.pk, file.pk)


def test_another_file_makes_a_preview_void(upload: ImportRequest) -> None:
    upload.preview = {"detections": 1}
    upload.save()
    begun(upload)
    assert ImportRequest.objects.get().preview is None


def test_counts_take_two_queries_whatever_their_number(
    upload: ImportRequest, django_assert_num_queries: Any
) -> None:
    for number in range(20):
        put(upload, f"{number}.jpg", b"0123456789")
    begun(upload, "20.jpg")
    with django_assert_num_queries(3):
        counted = figures.uploaded(upload)
    assert (counted.files, counted.bytes, counted.unfinished) == (20, 200, 1)


def test_what_is_taken_away_leaves_no_empty_folder(
    upload: ImportRequest, upload_root: Path
) -> None:
    put(upload, "a/b/1.jpg", b"x")
    file = put(upload, "a/c/2.jpg", b"y")
    uploads.take_away(file)
    left = sorted(path.name for path in storage.folder_of(upload.pk).rglob("*"))
    assert left == ["1.jpg", "a", "b"]
