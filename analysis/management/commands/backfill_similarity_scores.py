"""`manage.py backfill_similarity_scores`: every score anew, after a change of scorer, rule or gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis
from django.core.management.base import CommandError, CommandParser

from reid.embedding import spaces
from reid.identifying import backfill, run_lifecycle
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.management.scorer_arguments import add_scorer, chosen
from reid.models import ReidRun
from reid.networks.model_card import ModelRefused
from reid.patterns.background import NoBackground
from reid.scoring import fused_scorers

if TYPE_CHECKING:
    from reid.models import Scorer

DRY_RUN = "Dry run: nothing was written."
NO_QUEUE = "Redis does not answer: start it, or run without --queue."
NEGATIVE = "{} must be 0 or more."
BATCH_SIZE = "--batch-size must be from 1 to 10000."
RENEW_ALONE = "--renew-background makes a scorer of its own: leave --scorer, --space, --dry-run and --resume out."
NO_FUSED = (
    "Nobody is enrolled yet, so there is nothing to compare patterns with: name some deer first."
)
RESUME_ALONE = "--resume goes on with the part that was begun: leave the other options out."
NOT_QUEUED = "--dry-run shows its counts here: leave --queue out."
NOTHING_TO_RESUME = "No backfill was left unfinished: start one without --resume."
STOPPED = "Stopped. Go on with: manage.py backfill_similarity_scores --resume"

LABELS = {
    "detections": "detections looked at",
    "compared": "detections compared with the gallery",
    "scores": "scores computed and logged",
    "not_comparable": "pairs without a comparable reference",
    "embedded": "embedded now",
    "to_embed": "to be embedded first; their scores are not among these",
    "skipped_too_small": "skipped: crop too small",
    "skipped_missing": "skipped: file missing",
    "skipped_unreadable": "skipped: file unreadable",
    "skipped_too_large": "skipped: image too large",
    "skipped_outside": "skipped: box outside its image",
    "log_failures": "batches whose scores could not be logged (identify_detections --stale repairs them)",
}


class Command(CheckedCommand):
    help = (
        "Compute and log the similarity scores of all existing detections anew, in the order of their keys; "
        "embed only what has no vector in its space. Identities are never changed: identify_detections "
        "decides. Rows that would be the same are left alone, so repeating it is harmless."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--limit", type=int, default=0, metavar="N", help="at most N detections (default: all)"
        )
        parser.add_argument(
            "--start-offset",
            type=int,
            default=0,
            metavar="N",
            help="leave out the first N detections; with --limit 1000, 1000 does the second thousand",
        )
        parser.add_argument(
            "--batch-size",
            type=int,
            default=backfill.BATCH,
            metavar="N",
            help="detections a transaction (default: %(default)s)",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="compute the same, write nothing; what has no vector yet is only counted",
        )
        add_scorer(parser)
        parser.add_argument(
            "--resume",
            action="store_true",
            help="go on with the latest backfill where it was interrupted",
        )
        parser.add_argument(
            "--renew-background",
            action="store_true",
            help="draw a new background of patterns from the store as it is now, and score by it",
        )
        parser.add_argument(
            "--queue", action="store_true", help="let the gpu worker do it in the background"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        part = backfill.Part(options["limit"], options["start_offset"], options["batch_size"])
        _check(part, options)
        try:
            scorer = _renewed() if options["renew_background"] else chosen(options)
            if options["dry_run"]:
                self._rehearse(scorer or spaces.active_scorer(), part)
                return
            run = self._run(scorer, part, options)
            if options["queue"]:
                self.stdout.write(f"Run {run.pk} is queued.")
                return
            self._work(run)
        except (LookupError, ModelRefused, NoBackground) as error:
            raise CommandError(str(error)) from error
        except redis.RedisError as error:
            raise CommandError(NO_QUEUE) from error
        run.refresh_from_db()
        self.stdout.write(f"Run {run.pk}: {run.state} with the scorer {run.scorer}.")
        self._show(run.counts)

    def _run(self, scorer: Scorer | None, part: backfill.Part, options: dict[str, Any]) -> ReidRun:
        if not options["resume"]:
            create = backfill.start if options["queue"] else backfill.create_run
            return create(scorer, part)
        reopen = backfill.resume if options["queue"] else backfill.reopen
        run = reopen(scorer)
        if run is None:
            raise CommandError(NOTHING_TO_RESUME)
        return run

    def _work(self, run: ReidRun) -> None:
        try:
            with progress_bar() as progress:
                total = backfill.total(backfill.Part(**run.counts["scope"]))
                task = progress.add_task("detections", total=total)
                progress.update(task, completed=run.counts.get("detections", 0))
                while backfill.advance(run.pk, lambda done: progress.advance(task, done)):
                    pass
        except KeyboardInterrupt as stop:
            run_lifecycle.finish(run, ReidRun.State.CANCELLED)
            raise CommandError(STOPPED, returncode=130) from stop

    def _rehearse(self, scorer: Scorer, part: backfill.Part) -> None:
        with progress_bar() as progress:
            task = progress.add_task("detections", total=backfill.total(part))
            counts = backfill.rehearse(scorer, part, lambda done: progress.advance(task, done))
        self.stdout.write(f"{DRY_RUN} With the scorer {scorer} a run would count:")
        self._show(counts)

    def _show(self, counts: dict[str, Any]) -> None:
        for name, label in LABELS.items():
            if counts.get(name):
                self.stdout.write(f"{counts[name]:>10,}  {label}")


def _renewed() -> Scorer:
    """The fused scorer with a new background. Raises NoBackground, and CommandError where nobody is enrolled."""
    scorer = fused_scorers.renew(spaces.active_space())
    if scorer is None:
        raise CommandError(NO_FUSED)
    return scorer


def _check(part: backfill.Part, options: dict[str, Any]) -> None:
    """Raises CommandError for arguments that make no sense."""
    for name, value in (("--limit", part.limit), ("--start-offset", part.offset)):
        if value < 0:
            raise CommandError(NEGATIVE.format(name))
    if not 1 <= part.batch <= 10_000:
        raise CommandError(BATCH_SIZE)
    if options["resume"] and (part != backfill.Part() or options["dry_run"]):
        raise CommandError(RESUME_ALONE)
    others = ("scorer", "space", "dry_run", "resume")
    if options["renew_background"] and any(options[name] for name in others):
        raise CommandError(RENEW_ALONE)
    if options["dry_run"] and options["queue"]:
        raise CommandError(NOT_QUEUED)
