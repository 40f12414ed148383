"""Fixtures of the tests of exports: a submitted export, and a photograph that holds its job.

pytest reads this file before Django is set up, so models are imported where they are used.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from exports.lifecycle.records import ExportRecord
    from reid.models import Detection


@pytest.fixture(autouse=True)
def export_root(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for one test, and for the workers that it starts."""
    root = tmp_path / "exports"
    root.mkdir()
    settings.EXPORT_ROOT = root
    monkeypatch.setenv("EXPORT_ROOT", str(root))
    return root


@pytest.fixture
def submit(redis_client) -> Callable[..., ExportRecord]:
    """Submit an archive of some ids (any: no row is read before the job runs)."""
    from exports.lifecycle import operations
    from exports.requests.specs import ArchiveSpec
    from exports.tests.life import OWNER

    def submit(owner_id: int = OWNER, count: int = 2) -> ExportRecord:
        ids = tuple(uuid4() for _ in range(count))
        return operations.submit(ArchiveSpec(ids, True, True, 300), owner_id)

    return submit


class HeldPhotograph:
    """A detection whose photograph is a named pipe: whoever reads it waits until `release`."""

    def __init__(self, detection: Detection, path: Path) -> None:
        self.detection, self.path = detection, path
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)

    def release(self) -> bool:
        """Let the reader go on, with nothing read; False where nobody reads yet."""
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        self.path.unlink()
        return True


@pytest.fixture
def held_photograph(transactional_db: None) -> HeldPhotograph:
    from django.conf import settings

    from reid.tests import make

    detection = make.detection()
    return HeldPhotograph(detection, Path(settings.MEDIA_ROOT) / detection.image.path)
