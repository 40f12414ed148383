"""Requests of imports: begun, answered, looked at, started, cancelled and taken away by a person.

The row is written first and queued last: where Redis is away it waits, and the next round of upkeep queues it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import django_rq
import redis
from django.utils import timezone
from rq import Worker

from reid.db import shared_clock
from reid.intake import folders, sources, storage
from reid.intake.refusals import IntakeRefused, NotNow
from reid.models import ImportRequest, UploadedFile

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.contrib.auth.models import User

    from reid.intake.answers import Answers

logger = logging.getLogger(__name__)

QUEUE: Final = "imports"
JOB: Final = "reid.jobs.import_photographs"
LONGEST_JOB: Final = 14 * 86_400
"""Seconds. A card of 100 GB takes hours; silence, not time, tells that a worker is dead."""

NOT_NOW: Final = "The import of {title} is at another step by now: look at its page again."
NOTHING: Final = "Nothing is uploaded yet: choose photographs first."
UNFINISHED: Final = "{count} files are not whole yet: wait until they are, or take them away."
LOOK_FIRST: Final = "Look at what would be imported first."
CLOCK: Final = "Say that the times are right, or correct the clock."
NO_TITLE: Final = "Give the import a name of at most {most} letters, such as North gate, May."

LONGEST_TITLE: Final = ImportRequest._meta.get_field("title").max_length or 0

State = ImportRequest.State
_OPEN: Final = (State.OPEN, State.FAILED, State.CANCELLED)


def create_upload(actor: User, title: str) -> ImportRequest:
    """An import to which files are sent. Raises IntakeRefused for a title that cannot be."""
    return ImportRequest.objects.create(
        actor=actor, title=_checked_title(title), place=ImportRequest.Place.UPLOAD
    )


def create_folder(actor: User, folder: str, title: str) -> ImportRequest:
    """An import of a folder of the server. Raises Unknown for one that is not below PHOTO_ROOTS."""
    path = folders.resolved(folder)
    return ImportRequest.objects.create(
        actor=actor,
        title=_checked_title(title or path.name),
        place=ImportRequest.Place.FOLDER,
        folder=str(path),
    )


def _checked_title(text: str) -> str:
    longest = LONGEST_TITLE
    title = " ".join(text.split())
    if not title or len(title) > longest or not title.isprintable():
        raise IntakeRefused(NO_TITLE.format(most=longest))
    return title


def give_answers(request: ImportRequest, source: str, answers: Answers) -> None:
    """Keep what a person said. A preview of other answers goes. Raises IntakeRefused and NotNow."""
    found = sources.find(request, source) if source else ""
    keep_answers(request, found, answers.checked().as_stored())


def keep_answers(request: ImportRequest, source: str, answers: dict[str, Any]) -> None:
    """Store answers; a preview of other ones goes. Raises NotNow."""
    fields = {"source": source, "answers": answers}
    is_same = all(getattr(request, name) == value for name, value in fields.items())
    move(request, _OPEN, **fields, **({} if is_same else {"preview": None}), error="")


def look(request: ImportRequest) -> None:
    """Have a worker say what would be imported. Raises NotNow, and IntakeRefused where files are missing."""
    _require_files(request)
    _begin(request, State.CHECKING, preview=None)


def start(request: ImportRequest, *, clock_is_right: bool) -> None:
    """Have a worker import and identify. Raises NotNow, and IntakeRefused where a person has not looked yet."""
    _require_files(request)
    if request.preview is None:
        raise IntakeRefused(LOOK_FIRST)
    if not clock_is_right:
        raise IntakeRefused(CLOCK)
    _begin(request, State.IMPORTING)


def begin_again(request: ImportRequest) -> None:
    """Have a worker repeat an import that failed, as it was answered. Raises NotNow."""
    _begin(request, State.IMPORTING)


def _begin(request: ImportRequest, state: ImportRequest.State, **fields: Any) -> None:
    now = timezone.now()
    fresh = {"attempts": 0, "done": 0, "total": None, "cancel_requested": False, "error": ""}
    fields |= fresh | {
        "at_work": False,
        "heartbeat_at": shared_clock.now(),
        "touched_at": now,
        "run": None,
    }
    move(request, _OPEN, state=state, finished_at=None, **fields)
    try:
        queue(request)
    except redis.RedisError:
        logger.warning("Redis is away: the import %s waits for the next round", request.pk)


def queue(request: ImportRequest) -> None:
    """Give the import to the worker. Raises redis.RedisError."""
    enqueue(JOB, request.pk)


def enqueue(job: str, key: UUID) -> None:
    """Put a job about this row on the queue of imports. Raises redis.RedisError."""
    django_rq.get_queue(QUEUE).enqueue(
        job, str(key), job_timeout=LONGEST_JOB, result_ttl=0, failure_ttl=86_400
    )


def has_worker() -> bool:
    """Whether anybody takes imports from the queue."""
    try:
        return bool(Worker.all(queue=django_rq.get_queue(QUEUE)))
    except redis.RedisError:
        return False


def cancel(request: ImportRequest) -> None:
    """Have the worker stop after the photographs in hand; one that has not begun is stopped at once. Raises NotNow."""
    waiting = ImportRequest.objects.filter(
        pk=request.pk, state__in=ImportRequest.WORKING, at_work=False
    )
    now = timezone.now()
    if waiting.update(state=State.CANCELLED, finished_at=now, cancel_requested=True):
        request.refresh_from_db()
        return
    move(request, tuple(ImportRequest.WORKING), cancel_requested=True)


def remove(request: ImportRequest) -> None:
    """Delete the uploaded files; the request goes too where nothing came of it. Photographs of the store stay.

    Raises NotNow while a worker reads them.
    """
    move(request, (*_OPEN, State.DONE), files_gone_at=timezone.now())
    delete_files(request)
    if not request.records.exists():
        request.delete()


def delete_files(request: ImportRequest) -> None:
    """Delete what was uploaded for a request."""
    storage.forget_all(request.pk, list(request.files.values_list("pk", flat=True)))
    UploadedFile.objects.filter(request=request).delete()


def _require_files(request: ImportRequest) -> None:
    if request.is_watched:
        return  # the folder is the server's own setting
    if not request.is_upload:
        folders.resolved(request.folder)
        return
    if unfinished := request.files.filter(finished_at__isnull=True).count():
        raise IntakeRefused(UNFINISHED.format(count=unfinished))
    if not request.files.exists():
        raise IntakeRefused(NOTHING)


def move(request: ImportRequest, before: Collection[ImportRequest.State], **fields: Any) -> None:
    """Write fields where the request is at one of these steps still. Raises NotNow."""
    rows = ImportRequest.objects.filter(pk=request.pk, state__in=before)
    if not rows.update(**fields):
        raise NotNow(NOT_NOW.format(title=request.title))
    request.refresh_from_db()
