"""`manage.py import_deployments CSV`: where cameras stand, and on which days they ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from reid.importing.deployments import import_deployments
from reid.importing.rows import SourceProblem
from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person

NOTHING_READ = "Nothing could be read."
DRY_RUN = "Dry run: nothing was changed. It would be:"


class Command(CheckedCommand):
    help = (
        "Import deployments from a CSV with the columns camera, started_on and, where known, ended_on, "
        "latitude, longitude. Days are local days such as 2025-10-01, both inclusive; no ended_on: the camera "
        "still runs. Repeating it changes nothing; a corrected end or place replaces the old one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="CSV")
        parser.add_argument("--user", default="", help="who imports (default: the local user)")
        parser.add_argument("--dry-run", action="store_true", help="do the same, then undo it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_deployments(
                options["file"], actor=person(options["user"]), dry_run=options["dry_run"]
            )
        except (SourceProblem, UnknownPerson) as problem:
            raise CommandError(str(problem)) from problem
        if report.dry_run:
            self.stdout.write(DRY_RUN)
        for number, what in (
            (report.created, "deployments imported"),
            (report.updated, "deployments updated"),
            (report.unchanged, "skipped: already imported"),
            (report.cameras, "cameras new"),
            (len(report.refusals), "refused"),
        ):
            self.stdout.write(f"{number:>10,}  {what}")
        for refusal in report.refusals:
            line = str(refusal).encode("ascii", "backslashreplace").decode("ascii")
            self.stdout.write(self.style.WARNING(line))
        if report.refusals and not report.could_read:
            raise CommandError(NOTHING_READ)
