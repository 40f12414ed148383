"""Imports that are killed: whole batches, a record that says so, and an undo of what there is."""

from __future__ import annotations

import os
import random
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from conftest import wait_until
from reid.import_undo.undo import UndoRefused
from reid.importing.batches import BATCH
from reid.models import SILENT_AFTER, Detection, Image, Import

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from reid.import_undo.tests.stores import Store

ROWS = 5 * BATCH // 2


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_left_whole_batches_and_is_undone(
    store: Store, media_root: Path, start_process: Callable[..., subprocess.Popen[bytes]]
) -> None:
    empty = store.dump()
    names = [f"{number}.jpg" for number in range(ROWS)]
    store.draw(names, side=48)
    table = store.folder / "card.csv"
    table.write_text("\n".join(["path", *names]) + "\n")
    moment = random.randrange(
        ROWS // 2
    )  # any that leaves it work: it goes on while this is noticed
    importing = start_process(
        *("import_detections", str(table), "--user", "ranger", "--no-progress"),
        MEDIA_ROOT=str(media_root),
    )
    copied = media_root / "cards"
    wait_until(
        lambda: copied.is_dir() and len(list(copied.iterdir())) > moment,
        60,
        f"file {moment} is copied",
    )
    importing.send_signal(signal.SIGKILL)
    importing.wait()
    record = Import.objects.get()
    assert record.state == "running"
    assert Detection.objects.count() % BATCH == 0
    assert Detection.objects.count() == Image.objects.count()
    with pytest.raises(UndoRefused, match="still running"):
        store.undo(record)
    long_ago = timezone.now() - SILENT_AFTER - timedelta(seconds=1)
    Import.objects.update(heartbeat_at=long_ago)
    for path in copied.iterdir():
        os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))
    record.refresh_from_db()
    assert record.standing == "broken off"
    store.undo(record)
    assert store.dump() == empty
