"""`manage.py import_detections SOURCE`: photographs, boxes and known identities in."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError, CommandParser

from reid.importing import preview_lines
from reid.importing.detections import ImportOptions, import_detections
from reid.importing.formats import registry
from reid.importing.formats.base import DEFAULT_MIN_CONFIDENCE
from reid.importing.formats.folders import MEANINGS
from reid.importing.reading.labels import read_labels
from reid.importing.rows import SourceProblem
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.management.users import UnknownPerson, person
from reid.vocabulary import fold_word

if TYPE_CHECKING:
    from reid.importing.report import ImportReport

BAD_OFFSET = "{text!r} is not CAMERA=SECONDS, for example north-gate=-3600"
BAD_MAP = "{text!r} is not FROM=TO, for example D:/TrailCams=."
BAD_CONFIDENCE = "{text!r} is not between 0 and 1"
LARGEST_OFFSET = 1e11
"""Seconds: more than three thousand years, for clocks that began at the year 1."""
BAD_COLUMN = "{text!r} is not FIELD=HEADING, for example path=Photo"
COLUMN_TWICE = "--column names {name} twice."
NOTHING_READ = "Nothing could be read."
DRY_RUN = "Dry run: nothing was changed. It would be:"
READ_AS = "{source} was read as {title}; times without an offset in {zone} ({zone_source})."
SHOWN_WORDS = 30
UNUSED_OFFSET = "No row is of camera {name!r}, which --clock-offset names."

EPILOG = """\
SOURCE is one of:
  a .json file   MegaDetector batch output (any 1.x), SpeciesNet's predictions.json, PytorchWildlife,
                 the list of Microsoft's megadetector command, COCO, COCO Camera Traps, Label Studio
  an .xml file   CVAT for images 1.1, also in the ZIP file of its export (its COCO export is COCO)
  a folder       photographs. Where they lie in folders, --folders says what those are, and nothing is guessed:
                 deer      each photograph is one detection of the deer that the folder is named after, the
                           whole image, and may become a reference that all later ones are compared with
                 cameras   photographs of the camera that the folder is named after, without any boxes
                 none      photographs without any boxes
                 Without --folders such a folder is refused, unless --camera takes the cameras from it.
                 Photographs without boxes count as effort, and as not yet looked at by a detector.
  a table        CSV, TSV or .xlsx; the first line names the columns, in any order: path, and any of
                 captured_at (or date and time), camera, x, y, width, height (pixels of the upright photograph, or
                 shares of it), classification, confidence, deer, sighting (one animal in one visit),
                 flank (left, right, front, rear, unknown)

  by name        tables of Timelapse, camtrapR (record tables), AddaxAI, TrapTagger and Wildbook (bulk import sheet), a
                 download of Wildlife Insights (folder or ZIP), and Thumper's own metadata.csv: known by their columns

Separator, encoding and decimal commas of a table are found out and said. Other headings: --column FIELD=HEADING for
each, such as --column path=Photo --column deer=Name; common ones are known. Dates whose order of day and month stays
open need --time-format '%d/%m/%Y %H:%M:%S'.

--captured-at, --camera, --sighting and --flank each take the name of a CSV column, or a pattern: a Python
regular expression with a group named like the option, searched for in the path. For photographs such as
north-gate/20251001_143000_left.jpg:
  --camera '(?P<camera>[^/]+)/'  --captured-at '(?P<captured_at>\\d{8}_\\d{6})'  --flank '_(?P<flank>left|right)'

Camera: the column or the pattern, else the label or serial number in EXIF. For a folder, --camera NAME is
the one camera of all its photographs.

Capture time: the column, else EXIF (DateTimeOriginal, DateTimeDigitized, DateTime), else the pattern. A time without an offset is on the camera's clock: in
the camera's own zone, else --time-zone, else TIME_ZONE. Where clocks go back, the first of the two moments is
taken. Photographs without any time are imported and counted. Those with a time that cannot be right (before
the camera stood there, in the future, of a clock that was reset) are imported, marked and listed:
--clock-offset mends a clock while importing, correct_clock afterwards.

Paths are relative to --root, or end like files below it: of D:\\TrailCams\\CamA\\IMG_0001.JPG the longest end that
is there is taken, a folder and a name at least. --map FROM=TO says what stands for a beginning:
  --map 'D:\\TrailCams\\2025=.'  --map '/content/drive/North=north-gate'

Words for classes are read in many spellings (common and scientific names, families, SpeciesNet's labels). A word
that is not known becomes animal and is listed: give it a class by --labels, then run relabel_detections. Words
such as NA, unknown or ? are no deer's name.

Which format it is, is found out and said; --format NAME forces one.

A box that covers nearly the same place as a stored one (they share 65 % of the area that both cover) is the same
detection, seen by another run of a detector: it takes the new class and confidence, unless a person or a
table gave them, and keeps its box, its deer, its review and its reference. A box that a person threw out
stays thrown out. No two boxes of a photograph become one stored detection. Of two boxes around one animal in
the file itself, the surer is taken.

Repeating an import changes nothing. It adds what was unknown before; another deer for a detection replaces
an imported or automatic identity, never a reviewed one. Photographs outside MEDIA_ROOT are copied below it.
A photograph is its bytes: the same file under another name is the same photograph, and a file with the name of a
stored photograph and other bytes (the camera's next card) is another one, stored beside it.
"""


def clock_offset(text: str) -> tuple[str, float]:
    camera, sign, seconds = text.rpartition("=")
    try:
        if sign and camera and abs(float(seconds)) < LARGEST_OFFSET:
            return camera, float(seconds)
    except ValueError:
        pass  # falls through to the one sentence
    raise ArgumentTypeError(BAD_OFFSET.format(text=text))


def mapping(text: str) -> tuple[str, str]:
    beginning, sign, target = text.partition("=")
    if not sign or not target:
        raise ArgumentTypeError(BAD_MAP.format(text=text))
    return beginning, target


def column(text: str) -> tuple[str, str]:
    name, sign, heading = text.partition("=")
    if sign and name.strip() and heading.strip():
        return name.strip().replace("-", "_"), heading.strip()
    raise ArgumentTypeError(BAD_COLUMN.format(text=text))


def columns_of(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The headings by field. Raises SourceProblem for a field that is given twice."""
    columns: dict[str, str] = {}
    for name, heading in pairs:
        if columns.setdefault(name, heading) != heading:
            raise SourceProblem(COLUMN_TWICE.format(name=name))
    return columns


def share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise ArgumentTypeError(BAD_CONFIDENCE.format(text=text))
    return number


class Command(CheckedCommand):
    help = "Import detections from a detector's output, an annotation tool, a CSV file or a folder of photographs."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EPILOG, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter  # the epilog's lines stay lines
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, metavar="SOURCE")
        parser.add_argument(
            "--root", type=Path, help="folder that paths are relative to (default: SOURCE's own)"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            type=mapping,
            metavar="FROM=TO",
            help="of paths that begin with FROM, the folder below the root that is meant; repeatable",
        )
        parser.add_argument(
            "--verify", action="store_true", help="read files too that have not changed since"
        )
        parser.add_argument(
            "--format",
            dest="source_format",
            default="",
            metavar="NAME",
            help="format of SOURCE where it is not found out: " + ", ".join(registry.names()),
        )
        for name in ("captured-at", "camera", "sighting", "flank"):
            parser.add_argument(f"--{name}", default="", metavar="COLUMN_OR_PATTERN")
        parser.add_argument(
            "--folders",
            choices=MEANINGS,
            default="",
            help="what the folders in SOURCE are; asked for where there are any",
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            type=column,
            metavar="FIELD=HEADING",
            help="a table's column of a field, where its heading does not say so; repeatable",
        )
        parser.add_argument(
            "--time-format",
            default="",
            help="how a table writes its times, as for strptime: '%%d/%%m/%%Y %%H:%%M:%%S'",
        )
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
            help="of detectors' boxes, those below are left out (default: %(default)s)",
        )
        parser.add_argument(
            "--collection",
            default="",
            help="folder below MEDIA_ROOT for photographs from elsewhere (default: the root's name)",
        )
        parser.add_argument(
            "--link", action="store_true", help="hard-link photographs instead of copying them"
        )
        parser.add_argument(
            "--labels",
            type=Path,
            metavar="FILE",
            help="CSV of words and the classes they name, such as venado,deer; kept for later imports",
        )
        parser.add_argument("--user", default="", help="who imports (default: the local user)")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="show what was understood: cameras, deer, classes, times; do the same, then undo it: nothing "
            "is kept or copied; others cannot write meanwhile",
        )
        parser.add_argument(
            "--json", action="store_true", help="print the report as one JSON document"
        )
        parser.add_argument("--no-progress", action="store_true", help="no progress bar on stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._import(options)
        except (SourceProblem, UnknownPerson) as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
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
                    verify=options["verify"],
                    maps=dict(options["map"]),
                    finders={
                        name: options[name]
                        for name in ("captured_at", "camera", "sighting", "flank")
                    },
                    columns=columns_of(options["column"]),
                    time_format=options["time_format"],
                    time_zone=options["time_zone"],
                    clock_offsets=dict(options["clock_offset"]),
                    min_confidence=options["min_confidence"],
                    folders=options["folders"],
                    labels=read_labels(options["labels"]) if options["labels"] else {},
                    source_format=options["source_format"],
                    dry_run=options["dry_run"],
                ),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )

    def _show(self, report: ImportReport) -> None:
        write = self.stdout.write
        if report.dry_run:
            write(DRY_RUN)
        understood = report.understood
        write(
            READ_AS.format(
                source=_ascii(understood.source),
                title=understood.title,
                zone=understood.time_zone,
                zone_source=understood.time_zone_source,
            )
        )
        for number, what in (
            (report.detections, "detections imported"),
            (report.updated, "detections updated"),
            (report.left, "boxes a little elsewhere than stored: the stored ones stay"),
            (report.rescored, "detections with another confidence than stored"),
            (report.empty, "photographs imported without a detection"),
            (report.unlooked, "of them not yet looked at by a detector"),
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
        for line in preview_lines.lines(understood) if report.dry_run else ():
            write(_ascii(line))
        for item in report.words[:SHOWN_WORDS]:
            if fold_word(item.word) != fold_word(item.classification):
                write(_ascii(f"{item.count:>10,}  read as {item.classification}: {item.word}"))
        if (unlisted := len(report.words) - SHOWN_WORDS) > 0:
            write(f"and {unlisted:,} more words for classes")
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
