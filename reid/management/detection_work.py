"""Detection as commands do it: chunk after chunk here, with a bar of progress, and its counts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from reid.db.disk import DiskRefuses
from reid.detecting.running import detect
from reid.importing.rows import SourceProblem
from reid.management.progress import progress_bar
from reid.models import ReidRun
from reid.networks.model_card import ModelRefused
from reid.storage.photo_store import StoreAway

if TYPE_CHECKING:
    from collections.abc import Iterator

LABELS: Final = {
    "photographs": "photographs searched",
    "boxes": "boxes, new",
    "known": "boxes that were known, or that a person deleted",
    "animals": "animals found",
    "people": "people found: never identified, never exported",
    "vehicles": "vehicles found: never identified, never exported",
    "blank": "photographs with nothing on them",
    "failed": "photographs that could not be searched: each says why; the next run tries them again",
}
UNKNOWN_RUN: Final = (
    "There is no detection {key}: give the run that detect_animals named, or see the page Health."
)
AWAY: Final = "{problem} Go on later with: manage.py detect_animals --resume {run}"


def work(run: ReidRun, total: int, *, no_progress: bool) -> ReidRun:
    """Do a run to its end; the run as it is then. Raises CommandError in one sentence."""
    with progress_bar(disable=no_progress) as bar:
        task = bar.add_task("photographs", total=total)
        bar.update(task, completed=run.counts.get("photographs", 0))
        try:
            while detect.advance(run.pk, lambda done: bar.advance(task, done)):
                pass
        except (ModelRefused, SourceProblem) as error:
            raise CommandError(str(error)) from error
        except (StoreAway, DiskRefuses) as away:
            raise CommandError(AWAY.format(problem=away, run=run.pk)) from away
    run.refresh_from_db()
    return run


def find(key: str) -> ReidRun:
    """The detection with this key. Raises CommandError."""
    try:
        return ReidRun.objects.get(kind=ReidRun.Kind.DETECT, pk=key)
    except (ReidRun.DoesNotExist, ValidationError) as error:
        raise CommandError(UNKNOWN_RUN.format(key=key)) from error


def document(run: ReidRun) -> dict[str, Any]:
    """The run as JSON has it: every count, those that are zero too."""
    return {
        "run": str(run.pk),
        "state": run.state,
        "detector": str(run.detector) if run.detector else None,
        "import": str(run.record_id) if run.record_id else None,
        **{name: run.counts.get(name, 0) for name in LABELS},
    }


def lines(run: ReidRun) -> Iterator[str]:
    """The same in words."""
    yield f"Run {run.pk}: {run.state} with the detector {run.detector}."
    for name, label in LABELS.items():
        if name == "photographs" or run.counts.get(name):
            yield f"{run.counts.get(name, 0):>10,}  {label}"
