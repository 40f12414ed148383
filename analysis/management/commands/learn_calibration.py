"""`manage.py learn_calibration`: how much embedding and pattern count in this store, learned from its own deer."""

from __future__ import annotations

import json
from textwrap import fill
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from analysis.evaluation.calibrating import CalibrationRefused, learn_from_store
from analysis.evaluation.formats import WIDTH, findings
from analysis.management.arguments import add_output, deliver
from reid.embedding import spaces
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.networks.model_card import ModelRefused
from reid.patterns.keypoints import NoKeypoints
from reid.scoring import fused_scorers

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

NOT_USED = "Nothing is changed. Use it: manage.py learn_calibration --apply"
IN_USE = (
    "In use: {scorer}. It is a new scorer: thresholds and audits of the one before do not hold for it. Compute its scores "
    "now: manage.py backfill_similarity_scores"
)


class Command(CheckedCommand):
    help = (
        "Learn how much the embedding and the pattern of the coat count, for each class of deer, from the reviewed deer of "
        "this store (40 or more; a fifth of them is never learned from). A part that does not make the ranking better "
        "beyond its error is switched off. Changes nothing without --apply, which makes a new scorer and uses it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--space", help="embedding space (default: the active one)")
        parser.add_argument("--apply", action="store_true", help="make the scorer, and use it")
        add_output(parser, ("table", "json"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            space = spaces.find(options["space"]) if options["space"] else spaces.active_space()
            with progress_bar() as bar:
                task = bar.add_task("detections", total=None)
                found = learn_from_store(
                    space, lambda done, total: bar.update(task, completed=done, total=total)
                )
            scorer = fused_scorers.recalibrate(space, found) if options["apply"] else None
        except (CalibrationRefused, LookupError, ModelRefused, NoKeypoints) as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            document = found | {"scorer": scorer.to_json() if scorer else None}
            deliver(json.dumps(document, indent=2), options["output"], self.stdout.write)
            return
        closing = IN_USE.format(scorer=scorer) if scorer else NOT_USED
        lines = [fill(sentence, WIDTH) for sentence in (*findings(found), closing)]
        deliver("\n".join(lines), options["output"], self.stdout.write)
