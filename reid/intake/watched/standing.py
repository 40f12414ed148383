"""Standing of the watched folders: when each was last looked at, what waits in it, and what is wrong. It only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Q

from reid.db import shared_clock
from reid.models import ImportRequest, WatchedFolder

SILENT: Final = timedelta(minutes=10)
"""After so long without a look something is wrong; an import that runs is not: it may take hours."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One folder of WATCH_FOLDERS.

    `camera`: of all its photographs; empty: its folders are cameras. `waiting`: files that will come in. `is_importing`: whether
    the worker has an import in hand, and looks when that is done. `failed`: its newest import that failed.
    """

    path: str
    camera: str
    checked_at: datetime | None
    problem: str
    waiting: int
    is_importing: bool
    is_silent: bool
    failed: ImportRequest | None

    @property
    def name(self) -> str:
        """The last part of its path, for people who need not know the server."""
        return self.path.rpartition("/")[2]

    @property
    def is_well(self) -> bool:
        return not (self.problem or self.is_silent or self.failed)


def standings() -> list[Standing]:
    """All watched folders, in the order of the setting."""
    if not settings.WATCH_FOLDERS:
        return []
    waiting = Count("files", filter=Q(files__is_taken=False))
    rows = {row.path: row for row in WatchedFolder.objects.annotate(waiting=waiting)}
    is_importing = ImportRequest.objects.filter(
        state__in=ImportRequest.WORKING, at_work=True
    ).exists()
    now = shared_clock.now()
    found = []
    for path, camera in settings.WATCH_FOLDERS.items():
        row = rows.get(str(path))
        checked_at = row.checked_at if row else None
        requests = ImportRequest.objects.filter(place=ImportRequest.Place.WATCHED, folder=str(path))
        found.append(
            Standing(
                path=str(path),
                camera=camera,
                checked_at=checked_at,
                problem=row.problem if row else "",
                waiting=row.waiting if row else 0,
                is_importing=is_importing,
                is_silent=not is_importing and (checked_at is None or now - checked_at > SILENT),
                failed=requests.filter(state=ImportRequest.State.FAILED).first(),
            )
        )
    return found
