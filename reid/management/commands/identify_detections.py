"""`manage.py identify_detections`: which deer is it, for every sighting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis
from django.core.management.base import CommandError, CommandParser

from reid.identifying import identify, stale_scores, thresholds
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.management.scorer_arguments import add_scorer, chosen
from reid.models import Embedding, ReidRun, Scorer, Threshold
from reid.networks.model_card import ModelRefused
from reid.units import as_score

if TYPE_CHECKING:
    from collections.abc import Iterator

RANKED_ONLY = (
    "Ranked only: no threshold is approved for this scorer, so no deer was assigned. "
    "Approve one that analysis recommends, and run this again."
)
UNPROVEN = "The threshold comes from REID_THRESHOLD; nothing proves it."
APPROVED = "Approved by {by} is {value}, {proof}: it decides again when the setting is gone."
NONE_APPROVED = "No threshold is approved for this scorer: without the setting nothing is assigned."
OPERATORS = "It is an operator's own number; nothing proves it."
EXPIRED = (
    "It has expired, because {why}: nothing proves it any more. Deer are still assigned by it, until a person "
    "approves another one or withdraws it; see test_reid_thresholds."
)
NO_QUEUE = "Redis does not answer: start it, or run without --queue."

LABELS = {
    "sightings": "sightings",
    "detections": "detections",
    "embedded": "embedded now",
    "scores": "scores compared",
    "not_comparable": "pairs without a comparable reference",
    "joined": "sightings joined to another, of the same animal among several",
    "assigned": "sightings assigned",
    "below_threshold": "sightings below the threshold",
    "frame_conflict": "sightings that lost their deer to another one of the frame",
    "unbounded": "sightings left for review, since strangers are not bounded among their kind",
    "ranked": "sightings ranked only",
    "reviewed": "sightings already known",
    "no_reference": "sightings with nothing to compare with",
    "no_eligible": "sightings with every deer ruled out by sex or life span",
    "no_embedding": "sightings without an embedding",
    "assigned_detections": "detections given a deer",
    "withdrawn_detections": "detections whose automatic deer was withdrawn",
    "enrolled": "profiles made (REID_AUTO_ENROL): name or undo them in the admin",
    "skipped_too_small": "skipped: crop too small",
    "skipped_missing": "skipped: file missing",
    "skipped_unreadable": "skipped: file unreadable",
    "skipped_too_large": "skipped: image too large",
    "skipped_outside": "skipped: box outside its image",
    "log_failures": "chunks whose scores could not be logged (the next run repairs them)",
}


class Command(CheckedCommand):
    help = (
        "Embed what is new, score every sighting against every enrolled deer, log the scores, and "
        "assign where an approved threshold allows it; automatic assignments that it no longer supports, or "
        "that no approved threshold supports, are withdrawn. Reviewed identities are never changed. Safe to "
        "repeat; goes on where a crashed run stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_scorer(parser)
        parser.add_argument(
            "--limit", type=int, default=0, help="look at about this many sightings (default: all)"
        )
        parser.add_argument(
            "--stale",
            action="store_true",
            help="only sightings whose logged scores are out of date",
        )
        parser.add_argument(
            "--queue", action="store_true", help="let the gpu worker do it in the background"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 0:
            raise CommandError("--limit must be 0 (all) or more.")
        scope = identify.IdentifyScope(options["limit"], options["stale"])
        try:
            scorer = chosen(options)
            in_use = scorer or Scorer.objects.active()
            if scope.stale and in_use:
                stale_scores.mark_outdated(in_use)
            if options["queue"]:
                run = identify.start(scorer, scope)
                self.stdout.write(f"Run {run.pk} is queued.")
                return
            run = identify.silent_run(scorer, scope) or identify.create_run(scorer, scope)
            work(run, scope)
        except (LookupError, ModelRefused) as error:
            raise CommandError(str(error)) from error
        except redis.RedisError as error:
            raise CommandError(NO_QUEUE) from error
        run.refresh_from_db()
        self.stdout.write("\n".join(lines(run)))


def work(run: ReidRun, scope: identify.IdentifyScope, *, no_progress: bool = False) -> None:
    """Do a run to its end, with a bar of progress."""
    with progress_bar(disable=no_progress) as progress:
        task = progress.add_task("sightings", total=identify.candidates(scope))
        progress.update(task, completed=run.counts.get("sightings", 0))
        while identify.advance(run.pk, lambda done: progress.advance(task, done)):
            pass


def lines(run: ReidRun) -> Iterator[str]:
    """What a run did, in words."""
    yield f"Run {run.pk}: {run.state} with the scorer {run.scorer}."
    for name, label in LABELS.items():
        if run.counts.get(name):
            yield f"{run.counts[name]:>10,}  {label}"
    if run.scorer and not Embedding.objects.filter(space=run.scorer.vectors).exists():
        yield "Nothing is embedded yet: import detections of deer first."
    if run.threshold_used is None:
        yield RANKED_ONLY
        if run.scorer and (again := thresholds.to_approve_again(run.scorer)):
            yield again
        return
    approved = None if run.is_overridden else run.threshold
    doubt = _doubt(approved) if approved else UNPROVEN
    yield f"Threshold {as_score(run.threshold_used)}. {doubt}".rstrip()
    if run.is_overridden and run.scorer:
        yield _approved(run.scorer)


def _doubt(threshold: Threshold) -> str:
    """What is to be said against it; empty where it is proven for the herd as it stands."""
    validity = thresholds.validity(threshold)
    if validity.why:
        return EXPIRED.format(why=validity.why)
    return "" if validity.is_proof else OPERATORS


def _approved(scorer: Scorer) -> str:
    """What decides again when the override is gone."""
    row = Threshold.objects.in_force(scorer)
    if row is None:
        return thresholds.to_approve_again(scorer) or NONE_APPROVED
    return APPROVED.format(value=row.value, by=row.approved_by, proof=thresholds.validity(row))
