"""`manage.py demo`: a drawn herd for everybody who wants to look before bringing photographs."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from reid.embedding import spaces
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.management.users import UnknownPerson, person
from reid.networks.model_card import ModelRefused
from thumper.herd import COLLECTION, loading
from thumper.herd.album import SEED, Album, HerdConflict, draw
from thumper.herd.season import MOST_DEER, herd

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.management.base import CommandParser

    from reid.models import Threshold

NOT_EMPTY = "This store holds detections of its own: set THUMPER_HOME to an empty folder for the sample herd."
WRONG_SIZE = f"--deer must be 1 to {MOST_DEER} and --days 5 to 365."
NOTHING_TO_DO = "The sample herd is loaded already: nothing was drawn, imported or changed."
NO_THRESHOLD = (
    "No threshold keeps the decoys out, so nothing was approved: the deer are ranked only."
)
IN_FORCE = "Threshold {value} was in force already and stays."
APPROVED = (
    "Threshold {value} is approved by {user} for demonstration only: {hits} of {trials} labelled "
    "sightings of drawn deer would go to another deer. No audit has proven it."
)
TRUTH = (
    "Who was drawn is known: of {unnamed} sightings without a name {assigned} were assigned, "
    "{right} of them rightly."
)


class Command(CheckedCommand):
    help = (
        "Draw a sample herd, import its photographs, find the animals on them, import names for a part of them, identify the rest, show the threshold "
        "table, approve a threshold for demonstration, and identify again. Safe to repeat. The "
        "pictures are drawn: no real photograph is used, and what the figures say holds for them only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--deer", type=int, default=MOST_DEER, help="default: %(default)s")
        parser.add_argument(
            "--days", type=int, default=100, help="length of the season (default: %(default)s)"
        )
        parser.add_argument(
            "--user", default=settings.LOCAL_USERNAME, help="who approves (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        deer, days, name = options["deer"], options["days"], options["user"]
        if not (1 <= deer <= MOST_DEER and 5 <= days <= 365):
            raise CommandError(WRONG_SIZE)
        try:
            user = person(name)
        except UnknownPerson as error:
            raise CommandError(str(error)) from error
        with loading.making():
            self._make(deer, days, name, user)

    def _make(self, deer: int, days: int, name: str, user: User) -> None:
        if loading.holds_other_detections():
            raise CommandError(NOT_EMPTY)
        album = self._draw(deer, days)
        if not album.drawn and loading.is_loaded():
            self.stdout.write(NOTHING_TO_DO)
            return
        self.stdout.write(f"{album.drawn} of {album.frames} pictures drawn in {album.directory}.")
        # Bare photographs in folders of their cameras: what is on them comes with the table that names them.
        self._call("import_detections", str(album.directory), "--folders=cameras", f"--user={name}")
        self._detect(name)
        self._call(
            "import_detections",
            str(album.detections),
            "--sighting=sighting",
            "--flank=flank",
            f"--user={name}",
        )
        self._call("import_deployments", str(album.deployments), f"--user={name}")
        loading.set_sexes(herd(SEED, deer))
        self._call("identify_detections")
        self._call("test_reid_thresholds", "--thresholds=0.95,0.90,0.85,0.80,0.75,0.70")
        was_active = spaces.active_scorer().thresholds.filter(is_active=True).exists()
        threshold = loading.approve_for_demonstration(spaces.active_scorer(), user)
        if threshold is None:
            self.stdout.write(NO_THRESHOLD)
            return
        self._announce(threshold, name, was_active=was_active)
        self._call("identify_detections")
        outcome = loading.compare_with_truth(album.truth)
        self.stdout.write(
            TRUTH.format(unnamed=outcome.unnamed, assigned=outcome.assigned, right=outcome.right)
        )

    def _detect(self, user: str) -> None:
        """Search the photographs; what the next import names is what was found here, by overlap."""
        try:
            detector = loading.sample_detector()
        except ModelRefused as error:
            raise CommandError(str(error)) from error
        self._call(
            "detect_animals", COLLECTION, f"--detector={detector.fingerprint}", f"--user={user}"
        )

    def _draw(self, deer: int, days: int) -> Album:
        with progress_bar() as bar:
            task = bar.add_task("drawing", total=None, visible=False)
            try:
                return draw(
                    Path(settings.MEDIA_ROOT) / COLLECTION,
                    deer=deer,
                    days=days,
                    last_day=timezone.localdate() - timedelta(days=1),
                    zone=settings.TIME_ZONE,
                    processes=min(4, os.cpu_count() or 1),
                    progress=lambda done, total: bar.update(
                        task, completed=done, total=total, visible=True
                    ),
                )
            except HerdConflict as error:
                raise CommandError(str(error)) from error

    def _announce(self, threshold: Threshold, name: str, *, was_active: bool) -> None:
        if was_active:
            self.stdout.write(IN_FORCE.format(value=threshold.value))
            return
        evidence = threshold.evidence
        self.stdout.write(
            APPROVED.format(
                value=threshold.value,
                user=name,
                hits=evidence["decoy_hits"],
                trials=evidence["decoy_trials"],
            )
        )

    def _call(self, command: str, *arguments: str) -> None:
        call_command(command, *arguments, stdout=self.stdout, stderr=self.stderr)
        self.stdout.write("")
