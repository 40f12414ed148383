"""Rounds over watched folders: growing files wait, each file comes in once, and nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django_rq
import pytest
import redis

from conftest import wait_until
from reid import jobs
from reid.db import shared_clock
from reid.importing.rows import SourceProblem
from reid.intake import requests
from reid.intake.tests.uploaded import jpeg
from reid.intake.watched import rounds, scan, standing
from reid.intake.watched.rounds import ACCOUNT, EMPTY, MOST_TRIES, RETRY_AFTER, STILL
from reid.intake.watched.scan import AWAY
from reid.intake.working import work
from reid.models import Image, Import, ImportRequest, Video, WatchedFile, WatchedFolder
from reid.storage.photo_store import photo_store
from reid.tests.films import film

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.report import ImportReport

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
State = ImportRequest.State


@pytest.fixture
def share(tmp_path: Path, media_root: Path, settings: Any) -> Path:
    """A watched folder that holds a folder for each camera."""
    folder = tmp_path / "share"
    folder.mkdir()
    settings.WATCH_FOLDERS, settings.TIME_ZONE = {folder: ""}, "America/Chicago"
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    return folder


def put(file: Path, seed: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(jpeg(seed))
    return file


def stand_still() -> None:
    """As if the last look had been longer ago."""
    WatchedFile.objects.update(seen_at=shared_clock.now() - STILL - timedelta(seconds=1))


def two_rounds() -> list[str]:
    """A file is seen in the first one, and taken in the second."""
    rounds.watch()
    stand_still()
    return rounds.watch()


def come_in(begun: list[str]) -> None:
    for key in begun:
        work.work(ImportRequest.objects.get(pk=key).pk)


def names() -> list[tuple[str, str | None]]:
    rows = Image.objects.order_by("source_path").values_list("source_path", "camera__name")
    return list(rows)


def test_new_photographs_come_in_with_the_cameras_of_their_folders(share: Path) -> None:
    put(share / "north" / "100RECNX" / "1.jpg", 1)
    put(share / "south" / "1.jpg", 2)
    put(share / "top.jpg", 3)
    (share / "north" / "notes.txt").write_text("no photograph")
    assert rounds.watch() == []
    stand_still()
    (key,) = rounds.watch()
    request = ImportRequest.objects.get(pk=key)
    assert (request.state, request.actor.username) == (State.IMPORTING, ACCOUNT)
    assert not request.actor.is_active and not request.actor.has_usable_password()
    come_in([key])
    request.refresh_from_db()
    assert request.state == State.DONE
    assert names() == [
        ("north/100RECNX/1.jpg", "north"),
        ("south/1.jpg", "south"),
        ("top.jpg", None),
    ]
    record = Import.objects.get()
    assert record.request == request and record.options["files"] == 3
    assert rounds.watch() == []


def test_a_folder_may_be_of_one_camera(share: Path, settings: Any) -> None:
    settings.WATCH_FOLDERS = {share: "north"}
    put(share / "today" / "1.jpg", 1)
    come_in(two_rounds())
    assert names() == [("today/1.jpg", "north")]


def test_a_file_that_grows_waits(share: Path) -> None:
    file = put(share / "north" / "1.jpg", 1)
    whole = file.read_bytes()
    file.write_bytes(whole[:500])
    rounds.watch()
    stand_still()
    file.write_bytes(whole)
    assert rounds.watch() == []  # it is larger than it was
    assert rounds.watch() == []  # and has not stood still for long
    stand_still()
    come_in(rounds.watch())
    assert Image.objects.get().size == len(whole)


def test_a_file_that_is_written_under_another_name_comes_in_once(share: Path) -> None:
    part = put(share / "north" / ".1.jpg.part", 1)
    assert two_rounds() == []
    part.rename(share / "north" / "1.jpg")
    come_in(two_rounds())
    (share / "north" / "1.jpg").rename(share / "north" / "2.jpg")
    come_in(two_rounds())
    assert names() == [("north/1.jpg", "north")]
    assert list(WatchedFile.objects.values_list("path", flat=True)) == ["north/2.jpg"]


def test_only_what_is_new_is_imported(share: Path) -> None:
    put(share / "north" / "1.jpg", 1)
    come_in(two_rounds())
    put(share / "north" / "2.jpg", 2)
    come_in(two_rounds())
    first, second = Import.objects.order_by("started_at")
    assert first.counts["images"] == second.counts["images"] == 1
    assert second.counts["skipped"] == {}
    assert {image.path.partition("/")[0] for image in Image.objects.all()} == {"share"}


def test_videos_come_in_too(share: Path) -> None:
    film(share / "north" / "1.mp4", metadata={"creation_time": "2025-10-01T14:30:00Z"})
    come_in(two_rounds())
    assert Video.objects.get().path == "north/1.mp4"
    assert Image.objects.count() == 3


def test_a_file_that_was_deleted_before_it_came_in_is_forgotten(share: Path) -> None:
    file = put(share / "north" / "1.jpg", 1)
    put(share / "north" / "2.jpg", 2)
    begun = two_rounds()
    file.unlink()
    come_in(begun)
    assert names() == [("north/2.jpg", "north")]
    assert two_rounds() == []
    assert list(WatchedFile.objects.values_list("path", flat=True)) == ["north/2.jpg"]


def test_an_import_of_which_all_files_are_gone_does_not_import_the_folder(share: Path) -> None:
    file = put(share / "north" / "1.jpg", 1)
    begun = two_rounds()
    file.unlink()
    put(share / "north" / "2.jpg", 2)
    rounds.watch()
    come_in(begun)
    assert not Image.objects.exists()
    assert ImportRequest.objects.get().state == State.DONE


def test_two_rounds_at_once_take_each_file_once(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other round goes the whole way between this one's look and its taking."""
    put(share / "north" / "1.jpg", 1)
    rounds.watch()
    stand_still()
    looked, others = scan.look_into, list[list[str]]()

    def meet(path: Path) -> scan.Look:
        found = looked(path)
        if not others:
            others.append([])
            others[0] = rounds.watch()
        return found

    monkeypatch.setattr(rounds, "look_into", meet)
    mine = rounds.watch()
    assert len(others[0]) + len(mine) == 1
    assert ImportRequest.objects.count() == 1


def test_a_share_that_is_away_is_said_and_nothing_is_forgotten(share: Path) -> None:
    put(share / "north" / "1.jpg", 1)
    come_in(two_rounds())
    away = share.with_name("away")
    share.rename(away)
    assert rounds.watch() == []
    assert WatchedFolder.objects.get().problem == AWAY
    share.mkdir()  # where it is connected, and is not just now
    assert rounds.watch() == []
    assert WatchedFolder.objects.get().problem == EMPTY.format(count=1)
    assert WatchedFile.objects.count() == 1
    (one,) = standing.standings()
    assert one.problem and not one.is_well
    share.rmdir()
    away.rename(share)
    assert two_rounds() == []
    (one,) = standing.standings()
    assert (one.problem, one.waiting, one.is_well) == ("", 0, True)


def test_a_share_that_goes_while_an_import_runs_loses_nothing(share: Path) -> None:
    put(share / "north" / "1.jpg", 1)
    begun = two_rounds()
    shutil.move(share / "north", share.with_name("north"))
    put(share / "other" / "2.jpg", 2)
    come_in(begun)
    assert Import.objects.get().counts["refused"] == {"missing file": 1}
    shutil.move(share.with_name("north"), share / "north")
    rounds.watch()
    stand_still()
    come_in(rounds.watch())
    assert [path for path, _ in names()] == ["north/1.jpg", "other/2.jpg"]


def test_a_broken_photograph_is_tried_a_few_times_and_said(share: Path) -> None:
    (share / "north").mkdir()
    (share / "north" / "1.jpg").write_bytes(b"\xff\xd8\xff no photograph")
    rounds.watch()
    for _ in range(MOST_TRIES):
        stand_still()
        come_in(rounds.watch())
        rounds.watch()
    stand_still()
    assert rounds.watch() == []
    assert Import.objects.count() == MOST_TRIES
    assert Import.objects.all()[0].problems.get().path == "north/1.jpg"


def test_a_file_that_may_not_be_read_is_said_by_name_and_waits(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(share / "north" / "1.jpg", 1)
    file = put(share / "north" / "2.jpg", 2)
    access = os.access
    with monkeypatch.context() as patch:  # the suite may run as one who may read everything
        patch.setattr(os, "access", lambda path, *how: path != str(file) and access(path, *how))
        come_in(two_rounds())
        assert "north/2.jpg (Permission denied)" in WatchedFolder.objects.get().problem
    assert [path for path, _ in names()] == ["north/1.jpg"]
    come_in(two_rounds())
    assert len(names()) == 2


def test_an_import_that_failed_is_begun_again_after_a_while(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(share / "north" / "1.jpg", 1)
    begun = two_rounds()

    def full(*_: object, **__: object) -> ImportReport:
        raise SourceProblem("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(work, "import_detections", full)
        come_in(begun)
    assert ImportRequest.objects.get().state == State.FAILED
    (one,) = standing.standings()
    assert one.failed and not one.is_well
    assert rounds.watch() == []
    ago = shared_clock.now() - RETRY_AFTER - timedelta(seconds=1)
    ImportRequest.objects.update(finished_at=ago)
    assert rounds.watch() == begun
    come_in(begun)
    assert [path for path, _ in names()] == ["north/1.jpg"]


def test_no_file_is_given_up_while_a_disk_is_full(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(share / "north" / "1.jpg", 1)
    begun = two_rounds()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(photo_store, "place", full)
        for _ in range(MOST_TRIES + 1):
            come_in(begun)
            request = ImportRequest.objects.get()
            assert request.state == State.FAILED
            assert request.error.startswith("The disk takes nothing more")
            ago = shared_clock.now() - RETRY_AFTER - timedelta(seconds=1)
            ImportRequest.objects.update(finished_at=ago)
            stand_still()
            assert rounds.watch() == begun
    come_in(begun)
    assert [path for path, _ in names()] == ["north/1.jpg"]


def test_an_import_that_was_never_queued_is_found_by_the_upkeep(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(share / "north" / "1.jpg", 1)

    def away(*_: object) -> None:
        raise redis.ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(requests, "queue", away)
        begun = two_rounds()
    assert django_rq.get_queue(requests.QUEUE).count == 0
    ImportRequest.objects.update(heartbeat_at=shared_clock.now() - 2 * work.QUEUED_FOR)
    assert jobs.resume_silent() == begun


def test_many_files_come_in_as_several_imports(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST", 2)
    for number in range(5):
        put(share / "north" / f"{number}.jpg", number)
    begun = two_rounds()
    assert len(begun) == 3
    come_in(begun)
    assert Image.objects.count() == 5


def test_a_folder_that_is_watched_no_more_is_forgotten(share: Path, settings: Any) -> None:
    put(share / "north" / "1.jpg", 1)
    come_in(two_rounds())
    settings.WATCH_FOLDERS = {}
    assert jobs.watch_folders() == []
    assert not (WatchedFolder.objects.exists() or WatchedFile.objects.exists())
    assert standing.standings() == []


def test_a_folder_that_nobody_looks_at_is_said(share: Path) -> None:
    (one,) = standing.standings()
    assert one.is_silent and not one.is_well
    rounds.watch()
    (one,) = standing.standings()
    assert not one.is_silent
    WatchedFolder.objects.update(checked_at=shared_clock.now() - 2 * standing.SILENT)
    (one,) = standing.standings()
    assert one.is_silent


def test_a_link_out_of_the_folder_is_not_followed(share: Path, tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "1.jpg", 1)
    (share / "north").symlink_to(outside.parent)
    (share / "1.jpg").symlink_to(outside)
    assert scan.look_into(share) == scan.Look()


@pytest.mark.service
def test_a_worker_brings_a_photograph_in_by_itself(
    share: Path, start_process: Any, transactional_db: None
) -> None:
    put(share / "north" / "1.jpg", 1)
    start_process("rqworker", requests.QUEUE, WATCH_FOLDERS=str(share))
    django_rq.get_queue(requests.QUEUE).enqueue("reid.jobs.watch_folders")
    wait_until(WatchedFile.objects.exists, 60, "the first look")
    stand_still()
    django_rq.get_queue(requests.QUEUE).enqueue("reid.jobs.watch_folders")
    wait_until(
        lambda: ImportRequest.objects.filter(state=State.DONE).exists(), 60, "the import's end"
    )
    assert names() == [("north/1.jpg", "north")]
