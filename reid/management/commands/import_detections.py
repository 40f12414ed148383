"""`manage.py import_detections SOURCE`: photographs, boxes and known identities in."""

from __future__ import annotations

from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError, CommandParser

from reid.importing.detections import ImportOptions, import_detections
from reid.importing.formats.base import DEFAULT_MIN_CONFIDENCE
from reid.importing.rows import SourceProblem
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.management.users import UnknownPerson, person

if TYPE_CHECKING:
    from reid.importing.report import ImportReport

BAD_OFFSET = "{text!r} is not CAMERA=SECONDS, for example north-gate=-3600"
BAD_CONFIDENCE = "{text!r} is not between 0 and 1"
NOTHING_READ = "Nothing could be read."
DRY_RUN = "Dry run: nothing was changed. It would be:"
UNUSED_OFFSET = "No row is of camera {name!r}, which --clock-offset names."

EPILOG = """\
SOURCE is one of:
  a .json file   MegaDetector batch output, formats 1.3 to 1.5
  a folder       one folder per deer: each photograph in it is one detection of that deer, the whole image
  a CSV file     first line names the columns, in any order: path, and any of captured_at, camera, x, y,
                 width, height (pixels of the upright photograph), classification, confidence, deer,
                 sighting (one animal in one visit), flank (left, right, front, rear, unknown)

--captured-at, --camera, --sighting and --flank each take the name of a CSV column, or a pattern: a Python
regular expression with a group named like the option, searched for in the path. For photographs such as
north-gate/20251001_143000_left.jpg:
  --camera '(?P<camera>[^/]+)/'  --captured-at '(?P<captured_at>\\d{8}_\\d{6})'  --flank '_(?P<flank>left|right)'

Capture time: the column, else EXIF, else the pattern. A time without an offset is on the camera's clock: in
the camera's own zone, else --time-zone, else TIME_ZONE. Where clocks go back, the first of the two moments is
taken. Photographs without any time are imported and counted.

Repeating an import changes nothing. It adds what was unknown before; another deer for a detection replaces
an imported or automatic identity, never a reviewed one. Photographs outside MEDIA_ROOT are copied below it.
A file with the name of a stored photograph and other bytes (the camera's next card) is refused: import that
card with a --collection of its own.
"""


def clock_offset(text: str) -> tuple[str, float]:
    camera, sign, seconds = text.rpartition("=")
    try:
        if sign and camera and abs(float(seconds)) < 1e9:
            return camera, float(seconds)
    except ValueError:
        pass  # falls through to the one sentence
    raise ArgumentTypeError(BAD_OFFSET.format(text=text))


def share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise ArgumentTypeError(BAD_CONFIDENCE.format(text=text))
    return number


class Command(CheckedCommand):
    help = "Import detections from MegaDetector's output, a CSV file or a folder per deer."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EPILOG, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter  # the epilog's lines stay lines
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, metavar="SOURCE")
        parser.add_argument(
            "--root", type=Path, help="folder that paths are relative to (default: SOURCE's own)"
        )
        for name in ("captured-at", "camera", "sighting", "flank"):
            parser.add_argument(f"--{name}", default="", metavar="COLUMN_OR_PATTERN")
        parser.add_argument("--time-zone", default="", help="IANA name, such as America/Chicago")
        parser.add_argument(
            "--clock-offset",
            action="append",
            default=[],
            type=clock_offset,
            metavar="CAMERA=SECONDS",
            help="seconds to add to every time of a camera whose clock is wrong; repeatable",
        )
        parser.add_argument(
            "--min-confidence",
            type=share,
            default=DEFAULT_MIN_CONFIDENCE,
            help="of MegaDetector's boxes, those below are left out (default: %(default)s)",
        )
        parser.add_argument(
            "--collection",
            default="",
            help="folder below MEDIA_ROOT for photographs from elsewhere (default: the root's name)",
        )
        parser.add_argument(
            "--link", action="store_true", help="hard-link photographs instead of copying them"
        )
        parser.add_argument("--user", default="", help="who imports (default: the local user)")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="do the same, then undo it: nothing is kept or copied; others cannot write meanwhile",
        )
        parser.add_argument("--no-progress", action="store_true", help="no progress bar on stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._import(options)
        except (SourceProblem, UnknownPerson) as problem:
            raise CommandError(str(problem)) from problem
        self._show(report)
        if report.items and not report.could_read:
            raise CommandError(NOTHING_READ)

    def _import(self, options: dict[str, Any]) -> ImportReport:
        with progress_bar(disable=options["no_progress"]) as bar:
            task = bar.add_task("rows", total=None)
            return import_detections(
                options["source"],
                actor=person(options["user"]),
                options=ImportOptions(
                    root=options["root"],
                    collection=options["collection"],
                    link=options["link"],
                    finders={
                        name: options[name]
                        for name in ("captured_at", "camera", "sighting", "flank")
                    },
                    time_zone=options["time_zone"],
                    clock_offsets=dict(options["clock_offset"]),
                    min_confidence=options["min_confidence"],
                    dry_run=options["dry_run"],
                ),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )

    def _show(self, report: ImportReport) -> None:
        write = self.stdout.write
        if report.dry_run:
            write(DRY_RUN)
        for number, what in (
            (report.detections, "detections imported"),
            (report.updated, "detections updated"),
            (report.empty, "photographs imported without a detection"),
            (report.images, "photographs new"),
            (report.untimed, "of them without a capture time"),
            (report.cameras, "cameras new"),
            (report.deployments, "deployments imported or updated"),
            (report.deer, "deer new"),
            (report.references, "references enrolled"),
        ):
            if number or what == "detections imported":
                write(f"{number:>10,}  {what}")
        for word, counts in (("skipped", report.skipped), ("refused", report.refused)):
            for reason, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
                write(f"{number:>10,}  {word}: {reason}")
        for kind, number in report.notes.items():
            write(f"{number:>10,}  noted: {kind}")
        for warning in report.warnings:
            write(self.style.WARNING(_ascii(warning)))
        for refusal in report.refusals:
            write(self.style.WARNING(_ascii(str(refusal))))
        unshown = sum(report.refused.values()) - len(report.refusals)
        if unshown:
            write(f"and {unshown:,} more refusals")
        for name in report.unused_offsets:
            write(self.style.WARNING(_ascii(UNUSED_OFFSET.format(name=name))))


def _ascii(text: str) -> str:
    """Names come from files; the terminal may know only ASCII, and a name may hold control codes."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable.encode("ascii", "backslashreplace").decode("ascii")
