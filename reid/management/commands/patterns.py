"""`manage.py patterns`: keypoints of torsos found, and the backgrounds that coats are measured against."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from reid.management.base import ActionCommand
from reid.management.progress import progress_bar
from reid.models import PatternBackground, PatternKeypoints, Torso
from reid.patterns import backgrounds, extract
from reid.patterns.background import NoBackground
from reid.patterns.sentinel import Drifted

NOTHING = "Every torso has been looked at already."
NO_TORSOS = "There are no torsos yet: run manage.py find_torsos first."
LOST = (
    "torsos whose files are missing or of another head: run manage.py find_torsos, then this again"
)
NONE_YET = "There is no background yet: manage.py patterns draw, once keypoints have been found."
DUE = (
    "The store has doubled since the newest one was drawn, or finds keypoints in another way: draw a new one "
    "(manage.py patterns draw)."
)


class Command(ActionCommand):
    help = (
        "Find the keypoints of torsos, by which coats are compared; draw a background, which says how alike two torsos are "
        "by chance; or list what there is. A background never changes: a new one makes a new matcher, whose scores are "
        "computed anew."
    )

    refusals = (Drifted, NoBackground)

    def add_actions(self) -> None:
        find = self.action(
            "find",
            self._find,
            "keypoints of each torso that has none yet, or that was made anew; safe to repeat, and goes on where it "
            "was interrupted",
        )
        find.add_argument(
            "--limit", type=int, default=0, help="look at so many detections (default: all)"
        )
        self.action(
            "draw", self._draw, "a background of this store, drawn by a hash of the photographs"
        )
        self.action("list", self._list, "every background, and whether a new one is due")

    def _find(self, options: dict[str, Any]) -> None:
        limit: int = options["limit"]
        if limit < 0:
            raise CommandError("--limit must be 0 (all) or more.")
        total = extract.without_keypoints().count()
        if not total:
            self.stdout.write(NOTHING if Torso.objects.exists() else NO_TORSOS)
            return
        with progress_bar() as progress:
            task = progress.add_task("detections", total=min(total, limit or total))
            counts = extract.extract_missing(limit, lambda done: progress.advance(task, done))
        self.stdout.write(f"{counts.found:>10,}  with keypoints")
        for reason, count in counts.refused.most_common():
            label = PatternKeypoints.Reason(reason).label
            self.stdout.write(f"{count:>10,}  without: {label}")
        if counts.lost:
            self.stdout.write(f"{counts.lost:>10,}  {LOST}")

    def _draw(self, options: dict[str, Any]) -> None:
        self._tell(backgrounds.draw_background())

    def _list(self, options: dict[str, Any]) -> None:
        drawn = list(PatternBackground.objects.defer("members"))
        for background in drawn:
            self._tell(background)
        if not drawn:
            self.stdout.write(NONE_YET)
        elif backgrounds.is_due(drawn[0]):
            self.stdout.write(DUE)

    def _tell(self, background: PatternBackground) -> None:
        self.stdout.write(
            f"{background.fingerprint[:12]}  {background.created_at:%Y-%m-%d}, {background.size:,} photographs of "
            f"{background.store_size:,} with keypoints"
        )
