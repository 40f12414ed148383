"""`manage.py import_detections SOURCE`: photographs, boxes and known identities in."""

from __future__ import annotations

import json
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError, CommandParser

from reid.importing import preview_lines
from reid.importing.detections import import_detections
from reid.importing.formats import registry
from reid.importing.rows import SourceProblem
from reid.management.base import CheckedCommand
from reid.management.import_arguments import EPILOG
from reid.management.import_options import add_import_options, import_options
from reid.management.progress import progress_bar
from reid.management.users import UnknownPerson, person
from reid.vocabulary import fold_word
from reid.wording import Number, agreeing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reid.importing.report import ImportReport

NOTHING_READ = "Nothing could be read."
DRY_RUN = "Dry run: nothing was changed. It would be:"
READ_AS = "{source} was read as {title}; times without an offset in {zone} ({zone_source})."
SHOWN_WORDS = 30
NAMES_OF_FORMATS = "Names for --format: "
UNUSED_OFFSET = "Nothing that was read is of camera {name!r}, which --clock-offset names."


class Command(CheckedCommand):
    help = "Import detections from a detector's output, an annotation tool, a CSV file or a folder of photographs."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # argparse would break names at their hyphens, and half a name cannot be typed
        names = fill(NAMES_OF_FORMATS + ", ".join(registry.names()), 110, break_on_hyphens=False)
        epilog = f"{EPILOG}\n{names}.\n"
        parser = super().create_parser(prog_name, subcommand, epilog=epilog, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter  # the epilog's lines stay lines
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, metavar="SOURCE")
        add_import_options(parser, format_option="--format")
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
                options=import_options(options, dry_run=options["dry_run"]),
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
        for line in count_lines(report):
            write(line)
        if report.dry_run:  # the preview has the words too
            for line in preview_lines.lines(understood):
                write(_ascii(line))
        else:
            self._show_words(report)
        for kind, number in report.notes.items():
            write(f"{number:>10,}  noted: {kind}")
        for warning in report.warnings:
            write(self.style.WARNING(_ascii(warning)))
        for refusal in report.refusals:
            write(self.style.WARNING(_ascii(str(refusal))))
        unshown = sum(report.refused.values()) - len(report.refusals)
        if unshown:
            write(f"and {Number(unshown):more refusal|more refusals}")
        for name in report.unused_offsets:
            write(self.style.WARNING(_ascii(UNUSED_OFFSET.format(name=name))))

    def _show_words(self, report: ImportReport) -> None:
        for item in report.words[:SHOWN_WORDS]:
            if fold_word(item.word) != fold_word(item.classification):
                line = f"{item.count:>10,}  read as {item.classification}: {item.word}"
                self.stdout.write(_ascii(line))
        if (unlisted := len(report.words) - SHOWN_WORDS) > 0:
            self.stdout.write(
                f"and {Number(unlisted):more word for a class|more words for classes}"
            )


def count_lines(report: ImportReport) -> Iterator[str]:
    """What an import brought, changed, skipped and refused, in words."""
    for number, one, many, what in (
        (report.detections, "detection", "detections", "imported"),
        (report.updated, "detection", "detections", "updated"),
        (report.left, "box", "boxes", "a little elsewhere than stored: what is stored stays"),
        (report.rescored, "detection", "detections", "with another confidence than stored"),
        (report.empty, "photograph", "photographs", "imported without a detection"),
        (report.unlooked, "of them", "of them", "not yet looked at by a detector"),
        (report.images, "photograph", "photographs", "new"),
        (report.untimed, "of them", "of them", "without a capture time"),
        (report.cameras, "camera", "cameras", "new"),
        (report.deployments, "deployment", "deployments", "imported or updated"),
        (report.deer, "deer", "deer", "new"),
        (report.references, "reference", "references", "enrolled"),
    ):
        if number or (one, what) == ("detection", "imported"):
            yield f"{number:>10,}  {agreeing(number, one, many)} {what}"
    for word, counts in (("skipped", report.skipped), ("refused", report.refused)):
        for reason, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            yield f"{number:>10,}  {word}: {reason}"


def _ascii(text: str) -> str:
    """Names come from files; the terminal may know only ASCII, and a name may hold control codes."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable.encode("ascii", "backslashreplace").decode("ascii")
