"""Rounds over the watched folders: new files are noted, and imported once they have stopped growing.

A file is taken where size and time stood still for STILL seconds between two rounds. Taking is one transaction, with the
request of the import: two rounds at one moment take no file twice, and a round that is killed loses none. A file that
changes later is new again; one with known bytes is known to the import.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reid.db import shared_clock
from reid.importing.formats import folders
from reid.importing.rows import RefusalReason
from reid.intake import requests
from reid.intake.answers import Answers
from reid.intake.watched.scan import Look, look_into
from reid.models import ImportProblem, ImportRequest, WatchedFile, WatchedFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

STILL: Final = timedelta(seconds=45)
"""How long a file must not have changed: more than half the time between two rounds."""
MOST: Final = 5_000
"""Files of one import."""
RETRY_AFTER: Final = timedelta(minutes=15)
"""An import of a watched folder that failed is begun again after this long."""
ACCOUNT: Final = "watched-folders"
"""The account in whose name files come in; nobody can sign in to it."""
EMPTY: Final = (
    "It is empty, and held {count} photographs and videos before: is the share connected?"
)
MOST_TRIES: Final = 3
"""Imports that try a file that could not be read: a share may have gone while the first one ran."""
_UNREAD: Final = (RefusalReason.MISSING.value, RefusalReason.UNREADABLE.value)
_BLOCK: Final = 500


def watch() -> list[str]:
    """One round over all watched folders; the requests that were begun."""
    WatchedFolder.objects.exclude(path__in=[str(path) for path in settings.WATCH_FOLDERS]).delete()
    begun = [key for path, camera in settings.WATCH_FOLDERS.items() for key in _watch(path, camera)]
    return [*begun, *_retry()]


def _watch(path: Path, camera: str) -> list[str]:
    folder, _ = WatchedFolder.objects.get_or_create(path=str(path))
    look = look_into(path)
    if look.is_complete and not look.files and (known := folder.files.count()):
        look = Look(problem=EMPTY.format(count=known), is_complete=False)
    if look.problem and look.problem != folder.problem:
        logger.warning("the watched folder %s: %s", path, look.problem)
    now = shared_clock.now()
    _settle(folder, now)
    still = _noted(folder, look, now)
    WatchedFolder.objects.filter(pk=folder.pk).update(checked_at=now, problem=look.problem)
    begun = []
    for start in range(0, len(still), MOST):
        request = _take(folder, still[start : start + MOST], camera, now)
        if request is not None:
            begun.append(str(request.pk))
            _queue(request)
    return begun


def _settle(folder: WatchedFolder, now: datetime) -> None:
    """Of imports that are done, let the files that could not be read wait once more, and forget whose the others were."""
    done = ImportRequest.objects.filter(
        watched__folder=folder, state=ImportRequest.State.DONE
    ).distinct()
    for request in done:
        problems = ImportProblem.objects.filter(
            record__request=request,
            severity=ImportProblem.Severity.REFUSED,
            reason__in=_UNREAD,
        )
        with transaction.atomic():
            files = folder.files.filter(request=request)
            unread = files.filter(path__in=problems.values("path"), tries__lt=MOST_TRIES)
            unread.update(is_taken=False, request=None, seen_at=now)
            files.update(request=None)


def _noted(folder: WatchedFolder, look: Look, now: datetime) -> list[int]:
    """Write what was seen; the keys of the files that wait and have stood still for long enough."""
    rows = folder.files.order_by("path").values_list(
        "pk", "path", "size", "modified_ns", "seen_at", "is_taken"
    )
    new = dict(look.files)
    changed, gone, still = [], [], []
    for key, path, size, modified_ns, seen_at, is_taken in rows.iterator():
        seen = new.pop(path, None)
        if seen is None:
            if look.is_complete:
                gone.append(key)
        elif seen != (size, modified_ns):
            changed.append(
                WatchedFile(
                    pk=key,
                    folder=folder,
                    path=path,
                    size=seen.size,
                    modified_ns=seen.modified_ns,
                    seen_at=now,
                    tries=0,
                )
            )
        elif not is_taken and seen_at <= now - STILL:
            still.append(key)
    for start in range(0, len(gone), _BLOCK):
        WatchedFile.objects.filter(pk__in=gone[start : start + _BLOCK]).delete()
    WatchedFile.objects.bulk_update(
        changed,
        ["size", "modified_ns", "seen_at", "request", "is_taken", "tries"],
        batch_size=_BLOCK,
    )
    WatchedFile.objects.bulk_create(
        (
            WatchedFile(
                folder=folder, path=path, size=seen.size, modified_ns=seen.modified_ns, seen_at=now
            )
            for path, seen in sorted(new.items())
        ),
        batch_size=_BLOCK,
        ignore_conflicts=True,
    )
    return still


@transaction.atomic
def _take(
    folder: WatchedFolder, keys: Sequence[int], camera: str, now: datetime
) -> ImportRequest | None:
    """Give the files to a new import; None where another round was quicker."""
    mine: list[int] = []
    for start in range(0, len(keys), _BLOCK):
        waiting = folder.files.filter(
            pk__in=keys[start : start + _BLOCK], is_taken=False, seen_at__lte=now - STILL
        )
        mine += waiting.select_for_update().order_by("pk").values_list("pk", flat=True)
    if not mine:
        return None
    meaning = folders.NONE if camera else folders.CAMERAS
    request = ImportRequest.objects.create(
        actor=_account(),
        title=_title(Path(folder.path)),
        place=ImportRequest.Place.WATCHED,
        folder=folder.path,
        answers=Answers(folders=meaning, camera=camera).as_stored(),
        state=ImportRequest.State.IMPORTING,
        heartbeat_at=shared_clock.now(),
    )
    for start in range(0, len(mine), _BLOCK):
        rows = WatchedFile.objects.filter(pk__in=mine[start : start + _BLOCK])
        rows.update(is_taken=True, request=request, tries=F("tries") + 1)
    return request


def _queue(request: ImportRequest) -> None:
    try:
        requests.queue(request)
    except redis.RedisError:
        logger.warning("Redis is away: the import %s waits for the next round", request.pk)


def _retry() -> list[str]:
    """Begin the imports again that failed a while ago; those that a person cancelled stay so."""
    failed = ImportRequest.objects.filter(
        place=ImportRequest.Place.WATCHED,
        state=ImportRequest.State.FAILED,
        finished_at__lt=timezone.now() - RETRY_AFTER,
    )
    begun = []
    for request in failed:
        requests.begin_again(request)
        begun.append(str(request.pk))
    return begun


def _title(path: Path) -> str:
    moment = timezone.localtime().strftime("%Y-%m-%d %H:%M")
    name = " ".join(path.name.split()) or "watched folder"
    return f"{name[: requests.LONGEST_TITLE - len(moment) - 2]}, {moment}"


def _account() -> User:
    users = get_user_model()._default_manager
    user, is_new = users.get_or_create(username=ACCOUNT, defaults={"is_active": False})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
