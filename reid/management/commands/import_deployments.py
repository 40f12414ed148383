"""`manage.py import_deployments TABLE`: where cameras stand, on which days they ran, and when they did not work."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError, CommandParser

from reid.importing.deployments import StationOptions, import_deployments
from reid.importing.rows import SourceProblem
from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person
from reid.wording import agreeing

if TYPE_CHECKING:
    from reid.importing.deployments import DeploymentReport

NOTHING_READ = "Nothing could be read."
DRY_RUN = "Dry run: nothing was changed. It would be:"

EPILOG = """\
TABLE is a text table or an Excel workbook whose first line names the columns:
  deployments  camera, started_on, and where known ended_on, latitude, longitude
  outages      camera, from, to, and where known reason: days on which a deployed camera did not work
or the table of a program: Camtrap DP's deployments.csv, camtrapR's station table (Station, Setup_date,
Retrieval_date; Problem1_from and Problem1_to become outages), Wildlife Insights' deployments.csv.

Days are local days such as 2025-10-01, both inclusive; 2025-10-01 14:30 says the time of the visit too. No
ended_on, or NA: the camera still runs. A day such as 9/1/2025 is read where other days of the table prove the
order of day and month; else say it: --time-format %m/%d/%Y.
The last day of a deployment may be the first day of the next: the day of the visit, counted once. A photograph
of that day belongs to the later one, unless the times of the visit say otherwise.
A place belongs to its deployment: a camera that is moved keeps the old place for its older photographs.
Repeating it changes nothing; a corrected end, time or place replaces the old one.
"""


class Command(CheckedCommand):
    help = "Import a table of deployments, or of outages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument("file", type=Path, metavar="TABLE")
        parser.add_argument(
            "--time-format",
            default="",
            help="how the table writes days, where they do not begin with the year, such as %%d/%%m/%%Y",
        )
        parser.add_argument(
            "--utm-zone", default="", help="zone of places in UTM metres (WGS84), such as 14N"
        )
        parser.add_argument("--user", default="", help="who imports (default: the local user)")
        parser.add_argument("--dry-run", action="store_true", help="do the same, then undo it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_deployments(
                options["file"],
                actor=person(options["user"]),
                options=StationOptions(options["time_format"], options["utm_zone"]),
                dry_run=options["dry_run"],
            )
        except (SourceProblem, UnknownPerson) as problem:
            raise CommandError(str(problem)) from problem
        self._show(report)
        if report.refusals and not report.could_read:
            raise CommandError(NOTHING_READ)

    def _show(self, report: DeploymentReport) -> None:
        if report.dry_run:
            self.stdout.write(DRY_RUN)
        self.stdout.write(f"Format: {report.title}")
        for number, one, many, what in (
            (report.created, "deployment", "deployments", "imported"),
            (report.updated, "deployment", "deployments", "updated"),
            (report.outages, "outage", "outages", "imported"),
            (report.unchanged + report.outages_known, "skipped:", "skipped:", "already imported"),
            (report.cameras, "camera", "cameras", "new"),
        ):
            self.stdout.write(f"{number:>10,}  {agreeing(number, one, many)} {what}")
        self.stdout.write(f"{len(report.refusals):>10,}  refused")
        if report.marks:
            photographs = agreeing(report.marks, "photograph", "photographs")
            self.stdout.write(f"{report.marks:>10,}  {photographs} with another clock mark now")
        for note in report.warnings:
            self._warn(str(note))
        for refusal in report.refusals:
            self._warn(str(refusal))

    def _warn(self, line: str) -> None:
        text = line.encode("ascii", "backslashreplace").decode("ascii")
        self.stdout.write(self.style.WARNING(text))
