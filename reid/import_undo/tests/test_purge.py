"""Purge of what undone imports left: done again and again by a periodic job, and never in an import's way."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from reid import jobs
from reid.import_undo import files
from reid.import_undo.purge import Purged, purge
from reid.import_undo.tests.test_undo import named
from reid.models import Deer, Detection, Image, Import, PlacedFile

if TYPE_CHECKING:
    from reid.import_undo.tests.stores import Store

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = Purged(detections=0, images=0, deer=0, files=0)


@pytest.fixture
def left_behind(store: Store, media_root: Path) -> Path:
    """A file of an undone import that a crash left, and a deer that no log names."""
    record = named(store)
    path = media_root / PlacedFile.objects.earliest("pk").path
    content = path.read_bytes()
    Deer.objects.create(name="Bo", made_by_import=record)
    store.undo(record)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    PlacedFile.objects.create(record=record, path=path.relative_to(media_root).as_posix())
    return path


def test_the_round_purges_says_so_and_does_nothing_the_second_time(
    left_behind: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "reid.import_undo.purge")
    logged = Detection.everything.get()
    assert jobs.purge_undone() == {"detections": 0, "images": 0, "deer": 1, "files": 1}
    assert not left_behind.exists()
    assert Detection.everything.get() == logged  # the log names it, its photograph and Ada
    assert Image.everything.count() == 1
    assert Deer.everything.get().hidden_at
    (line,) = caplog.messages
    assert line == "purged of undone imports: 0 detections, 0 photographs, 1 deer, 1 files"
    caplog.clear()
    assert purge() == NOTHING
    assert caplog.messages == []


def test_a_file_waits_while_an_import_runs_that_may_count_on_it(
    left_behind: Path, store: Store
) -> None:
    running = Import.objects.create(
        kind="detections", source="x", actor=store.user, heartbeat_at=timezone.now()
    )
    assert purge().files == 0
    assert left_behind.exists()
    running.state = "completed"
    running.save()
    assert purge().files == 1
    assert not left_behind.exists()


def test_a_file_that_an_import_found_meanwhile_comes_back(
    left_behind: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import begins between the purge's look at the store and its look at the disk."""
    content = left_behind.read_bytes()
    rename = Path.rename

    def rename_late(path: Path, target: Path) -> Path:
        if path == left_behind:
            Import.objects.create(
                kind="detections", source="x", actor=store.user, heartbeat_at=timezone.now()
            )
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_late)
    assert purge().files == 0
    assert left_behind.read_bytes() == content
    assert [path.name for path in left_behind.parent.iterdir()] == [left_behind.name]
    assert PlacedFile.objects.count() == 1


def test_a_file_that_was_placed_anew_meanwhile_is_the_new_import_s(
    left_behind: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def place_after(path: Path, target: Path) -> Path:
        result = rename(path, target)
        if path == left_behind:
            record = Import.objects.create(
                kind="detections", source="x", actor=store.user, heartbeat_at=timezone.now()
            )
            PlacedFile.objects.update(record=record)
            path.write_bytes(b"new")
        return result

    monkeypatch.setattr(Path, "rename", place_after)
    assert purge().files == 0
    assert left_behind.read_bytes() == b"new"
    assert [path.name for path in left_behind.parent.iterdir()] == [left_behind.name]
    assert PlacedFile.objects.get().record.source == "x"


def test_what_a_killed_purge_had_set_aside_goes(
    left_behind: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = left_behind.rename(left_behind.with_name(files.ASIDE.format(key="0" * 32)))
    purge()
    assert aside.exists()  # it may be another purge's, at work
    tomorrow = timezone.now().timestamp() + 86_400
    monkeypatch.setattr("reid.import_undo.files.time.time", lambda: tomorrow)
    PlacedFile.objects.create(record=Import.objects.get(), path="cards/oak/9.jpg")
    purge()
    assert not aside.exists()
