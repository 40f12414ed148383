"""Records of imports: one begins with the import, beats with it, lists its problems, and says how it ended."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils import timezone

from reid.db import shared_clock
from reid.db.disk import DiskRefuses
from reid.importing.rows import Note, Refusal, SourceProblem, storable
from reid.models import Import, ImportProblem, PlacedFile
from reid.storage.photo_store import StoreAway

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed import DataclassInstance
    from django.contrib.auth.models import AbstractBaseUser

    from reid.models import ImportRequest


STOPPED: Final = "It was stopped."
UNEXPECTED: Final = (
    "Something went wrong that the program does not expect: the server's log says more."
)
LONGEST_SOURCE: Final = Import._meta.get_field("source").max_length or 0
LONGEST_PATH: Final = ImportProblem._meta.get_field("path").max_length or 0


def begin(
    kind: Import.Kind,
    source: str,
    *,
    actor: AbstractBaseUser | None,
    source_format: str,
    options: Mapping[str, Any],
    request: ImportRequest | None = None,
) -> Import:
    """The record of an import that begins now."""
    return Import.objects.create(
        kind=kind,
        source=storable(source, LONGEST_SOURCE),
        source_format=source_format,
        actor_id=actor.pk if actor else None,
        options=dict(options),
        request=request,
        heartbeat_at=shared_clock.now(),
    )


def beat(record: Import, problems: Iterable[Refusal | Note]) -> None:
    """The import lives; what it refused or noted since the last beat becomes rows of its record."""
    Import.objects.filter(pk=record.pk).update(heartbeat_at=shared_clock.now())
    ImportProblem.objects.bulk_create((_row(record, item) for item in problems), batch_size=1_000)


def place(record: Import, paths: Iterable[str]) -> None:
    """Files are about to be put below the media root; committed before they are, so that undo finds them."""
    PlacedFile.objects.bulk_create(
        (PlacedFile(record=record, path=path) for path in paths),
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["record"],
    )


def _row(record: Import, problem: Refusal | Note) -> ImportProblem:
    is_refused = isinstance(problem, Refusal)
    severity = ImportProblem.Severity.REFUSED if is_refused else ImportProblem.Severity.WARNING
    return ImportProblem(
        record=record,
        severity=severity,
        line=problem.line or None,
        path=storable(problem.path, LONGEST_PATH),
        reason=problem.reason.value if isinstance(problem, Refusal) else problem.kind,
        text=storable(problem.text),
    )


def complete(record: Import, report: DataclassInstance) -> None:
    """The import has ended as it should; its counts are kept."""
    counts = asdict(report)
    for name in ("refusals", "warnings", "dry_run", "source_format"):
        counts.pop(name, None)
    _end(record, Import.State.COMPLETED, counts=counts)


def fail(record: Import, error: BaseException) -> None:
    """The import was broken off: what it stored until then is whole batches.

    Nothing is written where a transaction around the import is broken: its record goes with it.
    """
    if connection.needs_rollback:
        return
    _end(record, Import.State.FAILED, error=storable(in_words(error)))


def in_words(error: BaseException) -> str:
    """What ended an import, for whoever reads its record: no path of the server, and no name of a class."""
    if isinstance(error, SourceProblem | StoreAway | DiskRefuses):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    return STOPPED if isinstance(error, KeyboardInterrupt | SystemExit) else UNEXPECTED


def _end(record: Import, state: Import.State, **fields: Any) -> None:
    running = Import.objects.filter(pk=record.pk, state=Import.State.RUNNING)
    running.update(state=state, finished_at=timezone.now(), **fields)
