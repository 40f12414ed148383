"""`manage.py find_torsos`: the torso of every detection, turned upright and stored beside its crop."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.models import Detection, Torso, TorsoHead
from reid.networks.model_card import ModelRefused
from reid.torsos import making

NOTHING = "Every detection of a deer has been looked at already."
NO_DETECTIONS = "There are no detections of deer yet: import some first."


class Command(CheckedCommand):
    help = (
        "Find the torso on each detection of a deer that has not been looked at, or by another mask head last; turn it "
        "upright and store it beside the crop. What cannot be compared by its pattern keeps the reason why. The first "
        "time that there are photographs enough, the store's own mask head is trained before, which takes about a "
        "minute. Safe to repeat; goes on where it was interrupted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--limit", type=int, default=0, help="look at so many detections (default: all)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        limit: int = options["limit"]
        if limit < 0:
            raise CommandError("--limit must be 0 (all) or more.")
        there = Detection.objects.identifiable()
        head = TorsoHead.objects.active()
        missing = there.without_torso_of(head).count() if head else there.count()
        try:
            with progress_bar() as progress:
                task = progress.add_task("detections", total=min(missing, limit or missing))
                counts = making.make_missing(limit, lambda done: progress.advance(task, done))
        except ModelRefused as error:
            raise CommandError(str(error)) from error
        if not counts.total:
            self.stdout.write(NOTHING if there.exists() else NO_DETECTIONS)
            return
        self.stdout.write(f"{counts.aligned:>10,}  torsos turned upright")
        for reason, count in counts.refused.most_common():
            self.stdout.write(f"{count:>10,}  without: {Torso.Reason(reason).label}")
