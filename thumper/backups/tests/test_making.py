"""Backups that are made: only what is new is copied, of one moment, whole or not at all."""

from __future__ import annotations

import os
import shutil
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from conftest import wait_until
from reid.models import Image
from reid.showing.photographs import small_name
from reid.tests import make
from thumper.backups import folder, making, manifest, restoring, verifying
from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from thumper.backups.folder import BackupFolder
    from thumper.backups.manifest import FileEntry
    from thumper.backups.tests.conftest import Installation

pytestmark = [pytest.mark.django_db(transaction=True)]


def paths(backups: BackupFolder, name: str) -> set[str]:
    return {f"{entry.area}/{entry.path}" for entry in manifest.entries(backups.folder_of(name))}


@pytest.mark.usefixtures("store")
def test_it_has_what_cannot_be_made_again_and_nothing_else(backups: BackupFolder) -> None:
    image = Image.objects.first()
    assert image is not None
    small = settings.MEDIA_ROOT / small_name(image.pk)
    small.parent.mkdir(parents=True)
    small.write_bytes(b"made by a page")
    (settings.MEDIA_ROOT / "season" / f".{'0' * 32}.part").write_bytes(b"half")
    own = settings.MEDIA_ROOT / "photographs" / "ab"
    own.mkdir(parents=True, exist_ok=True)
    (own / "deer.jpg").write_bytes(b"somebody's folder has that name too")
    made = making.make(backups).manifest
    found = paths(backups, made.name)
    assert {f"media/season/{number}.jpg" for number in range(4)} < found
    assert sum(path.startswith("media/crops/") for path in found) == 4
    assert "media/photographs/ab/deer.jpg" in found
    assert "models/own-model/model.json" in found
    assert len(found) == made.files == 10
    assert made.rows["reid_detection"] == made.rows["reid_image"] == 4
    assert not list(verifying.problems(backups, backups.names()))


@pytest.mark.usefixtures("store")
def test_a_picture_that_was_made_after_the_database_was_saved_is_none_of_it(
    backups: BackupFolder,
) -> None:
    """Its box may have been moved meanwhile: the rows of the backup have the one of before."""
    crops = sorted((settings.MEDIA_ROOT / "crops").glob("*/*.jpg"))
    later = datetime.now(UTC).timestamp() + 60
    os.utime(crops[0], (later, later))
    os.utime(settings.MEDIA_ROOT / "season" / "0.jpg", (later, later))
    found = paths(backups, making.make(backups).manifest.name)
    names = [crop.relative_to(settings.MEDIA_ROOT) for crop in crops]
    assert [f"media/{name}" in found for name in names] == [False, True, True, True]
    assert "media/season/0.jpg" in found


@pytest.mark.usefixtures("store")
def test_what_a_file_system_keeps_at_its_root_is_not_looked_into(backups: BackupFolder) -> None:
    (settings.MEDIA_ROOT / "lost+found").mkdir(mode=0)
    (settings.MEDIA_ROOT / "season" / "lost+found").mkdir()
    (settings.MEDIA_ROOT / "season" / "lost+found" / "1.jpg").write_bytes(b"somebody's own")
    lost = settings.MEDIA_ROOT / "lost+found" / "#12"
    lost.write_bytes(b"a piece of a file")
    found = paths(backups, making.make(backups).manifest.name)
    assert {path for path in found if "lost+found" in path} == {"media/season/lost+found/1.jpg"}


@pytest.mark.usefixtures("store")
def test_the_next_one_copies_what_is_new(
    backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = making.make(backups)
    assert first.copied == first.manifest.files == 9
    make.image("season/new.jpg", with_file=True)
    make.photograph("season/0.jpg", seed=99)
    read: list[str] = []
    copied = making._copied

    def noted(folder: BackupFolder, planned: FileEntry) -> FileEntry | None:
        read.append(planned.path)
        return copied(folder, planned)

    monkeypatch.setattr(making, "_copied", noted)
    second = making.make(backups)
    assert sorted(read) == ["season/0.jpg", "season/new.jpg"]
    assert second.copied == 2
    assert second.manifest.files == 10
    # The first is as it was.
    assert not list(verifying.problems(backups, [first.manifest.name]))
    assert "media/season/new.jpg" not in paths(backups, first.manifest.name)


@pytest.mark.usefixtures("store")
def test_a_content_that_several_files_have_is_kept_once(backups: BackupFolder) -> None:
    shutil.copy(
        settings.MEDIA_ROOT / "season" / "0.jpg", settings.MEDIA_ROOT / "season" / "copy.jpg"
    )
    made = making.make(backups)
    assert len(list(backups.path.glob("contents/??/*"))) == made.manifest.files - 1


@pytest.mark.usefixtures("store")
def test_old_ones_go_with_what_only_they_had(backups: BackupFolder) -> None:
    first = making.make(backups).manifest
    (settings.MEDIA_ROOT / "season" / "0.jpg").unlink()
    without = making.make(backups, with_photographs=False).manifest
    second = making.make(backups).manifest
    contents = len(list(backups.path.glob("contents/??/*")))
    third = making.make(backups, keep=2)
    assert third.removed == [first.name]
    assert backups.names() == [without.name, second.name, third.manifest.name]
    assert len(list(backups.path.glob("contents/??/*"))) == contents - 1
    fourth = making.make(backups, with_photographs=False, keep=1)
    assert fourth.removed == [without.name]
    assert backups.names() == [second.name, third.manifest.name, fourth.manifest.name]
    assert not list(verifying.problems(backups, backups.names()))


def test_the_newest_one_is_the_last_also_where_a_clock_was_set_back(backups: BackupFolder) -> None:
    noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    wanted = [
        (noon, "2026-11-28T120000Z"),
        (noon, "2026-11-28T120000Z-002"),
        (noon - timedelta(hours=1), "2026-11-28T120000Z-003"),
        (noon + timedelta(seconds=1), "2026-11-28T120001Z"),
    ]
    with backups.locked():
        for moment, name in wanted:
            assert backups.new_name(moment) == name
            backups.finish(backups.begin(), name)
        assert backups.names() == [name for _, name in wanted]


@pytest.mark.usefixtures("store")
def test_nothing_is_removed_beside_one_that_cannot_be_read(backups: BackupFolder) -> None:
    first = making.make(backups).manifest
    (backups.folder_of(first.name) / manifest.MANIFEST).write_text("{}")
    with pytest.raises(
        BackupProblem, match=r"The new backup is made, and no older one was removed: .* is damaged"
    ):
        making.make(backups, keep=1)
    assert len(backups.names()) == 2


@pytest.mark.usefixtures("store")
def test_photographs_that_are_not_there_are_named(backups: BackupFolder) -> None:
    (settings.MEDIA_ROOT / "season" / "1.jpg").unlink()
    made = making.make(backups).manifest
    assert made.missing == 1
    assert made.missing_names == ["season/1.jpg"]


@pytest.mark.usefixtures("store")
def test_a_photograph_that_goes_meanwhile_is_named_and_stops_nothing(
    backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import is undone after the database was dumped: its row is in the backup, and its file is gone."""
    planned = making._plan

    def undone_after(*arguments: Any) -> int:
        total = planned(*arguments)
        (settings.MEDIA_ROOT / "season" / "2.jpg").unlink()
        return total

    monkeypatch.setattr(making, "_plan", undone_after)
    made = making.make(backups).manifest
    assert (made.missing, made.missing_names) == (1, ["season/2.jpg"])
    assert made.rows["reid_image"] == 4


@pytest.mark.usefixtures("store")
def test_it_is_of_one_moment_while_others_write(backups: BackupFolder) -> None:
    """Each transaction makes a photograph with its detection, so that a moment has as many of both."""
    enough, done = threading.Event(), []

    def write() -> None:
        while not enough.is_set():
            with transaction.atomic():
                image = make.image()
                make.detection(image=image)
            done.append(image.path)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: len(done) > 5)
        rows = []
        for _ in range(3):
            made = making.make(backups, with_photographs=False).manifest
            rows.append((made.rows["reid_image"], made.rows["reid_detection"]))
    finally:
        enough.set()
        writer.join()
    assert all(images == detections > 4 for images, detections in rows)
    assert rows[-1][0] <= 4 + len(done)


def test_what_does_not_fit_is_not_begun(
    store: None, backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(backups.path)._replace(free=folder.RESERVE + 10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(BackupProblem, match=r"The backup needs .* are free: make room there"):
        making.make(backups)
    assert backups.names() == []
    assert not list(backups.path.glob("backups/.*"))


@pytest.mark.usefixtures("store")
def test_a_folder_of_something_else_is_refused(backups: BackupFolder) -> None:
    (backups.path / "letter.txt").write_text("Dear Sir")
    with pytest.raises(BackupProblem, match="holds other files: name an empty folder"):
        making.make(backups)
    inside = folder.BackupFolder(settings.MEDIA_ROOT / "backups")
    with pytest.raises(BackupProblem, match="which is backed up: name a folder elsewhere"):
        making.make(inside)


@pytest.mark.usefixtures("store")
def test_two_at_once_do_not_meet(backups: BackupFolder) -> None:
    making.make(backups)
    with backups.locked(), pytest.raises(BackupProblem, match="is under way"):
        making.make(backups)
    with backups.locked(), pytest.raises(BackupProblem, match="is under way"):
        restoring.restore(backups, replace=True)
    with backups.read(), pytest.raises(BackupProblem, match="is under way"):
        making.make(backups)
    with backups.read(), backups.read():  # two may read
        assert len(backups.names()) == 1


@pytest.mark.service
@pytest.mark.usefixtures("store")
def test_one_that_is_killed_leaves_the_last_one_usable(
    here: Installation,
    backups: BackupFolder,
    elsewhere: Callable[[], Installation],
    start_process: Callable[..., subprocess.Popen[bytes]],
    folders: dict[str, str],
) -> None:
    first = making.make(backups).manifest
    make.photograph("season/new.jpg", seed=5)
    # Who opens it waits for somebody who writes: the backup stands still in the middle of its files.
    os.mkfifo(settings.MEDIA_ROOT / "season" / "waits.jpg")
    process = start_process("backup", str(backups.path), **folders)
    size = (settings.MEDIA_ROOT / "season" / "new.jpg").stat().st_size
    wait_until(
        lambda: any(path.stat().st_size == size for path in backups.path.glob("contents/??/*")),
        120,
        "the new photograph is copied",
    )
    process.kill()
    process.wait()
    assert list(backups.path.glob("backups/.partial-*"))
    assert backups.names() == [first.name]
    assert here.manage("backup", str(backups.path), "--verify").returncode == 0
    restored = elsewhere().manage("restore", str(backups.path))
    assert restored.returncode == 0, restored.stderr
    (settings.MEDIA_ROOT / "season" / "waits.jpg").unlink()
    second = making.make(backups).manifest
    assert backups.names() == [first.name, second.name]
    assert not list(backups.path.rglob(".partial-*"))
    assert not list(verifying.problems(backups, backups.names()))


def test_the_command_lists_and_refuses(store: None, backups: BackupFolder, capsys: Any) -> None:
    with pytest.raises(CommandError, match="There is no backup in"):
        call_command("backup", "--list")
    call_command("backup")
    call_command("backup", "--list")
    text = capsys.readouterr().out
    assert "9 files of" in text
    assert "4 images  4 detections" in text
    for arguments in (["--keep", "0"], ["--list", "--keep", "2"]):
        with pytest.raises(CommandError, match="--keep"):
            call_command("backup", *arguments)
