"""`manage.py relabel_detections`: the words of imported sources, read again with the ranch's present vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.models import Count

from reid.importing.reading.labels import read_labels, store_labels
from reid.importing.rows import SourceProblem
from reid.management.base import CheckedCommand
from reid.management.commands.classify_detections import NEXT
from reid.management.users import UnknownPerson, person
from reid.reviewing import ReviewRefused, relabel
from reid.taxonomy import DEER

ONLY_KEPT = (
    "The words are kept for later imports; no detection that is stored has another class by them."
)
DRY_RUN = "Dry run: nothing was changed. It would be:"


class Command(CheckedCommand):
    help = (
        "Give detections the class that their source's word names now, after the vocabulary has grown (by --labels "
        "or in the admin, under Class labels). One operation, which can be undone; what was reviewed is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--labels",
            type=Path,
            metavar="FILE",
            help="CSV of words and the classes they name, such as venado,deer; kept for later imports",
        )
        parser.add_argument("--dry-run", action="store_true", help="do the same, then undo it")
        parser.add_argument(
            "--user",
            default="",
            help="the account that is recorded as acting (default: the local user)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            labels = read_labels(options["labels"]) if options["labels"] else {}
            actor = person(options["user"])
            with transaction.atomic():
                store_labels(labels)
                lines = self._relabel(actor, is_alone=not labels)
                transaction.set_rollback(options["dry_run"])
        except (SourceProblem, UnknownPerson, ReviewRefused) as error:
            raise CommandError(str(error)) from error
        if options["dry_run"]:
            self.stdout.write(DRY_RUN)
        for line in lines:
            self.stdout.write(line)

    def _relabel(self, actor: Any, *, is_alone: bool) -> list[str]:
        try:
            operation = relabel(actor=actor, reason="relabel_detections")
        except ReviewRefused:
            if is_alone:
                raise
            return [ONLY_KEPT]
        events = operation.events.filter(field="classification").order_by()
        pairs = events.values_list("before", "after").annotate(count=Count("pk"))
        rows = sorted(pairs, key=lambda row: (-row[2], row[:2]))
        lines = [f"{count:>10,}  {before} are {after} now" for before, after, count in rows]
        lines.append(f"Operation {operation.pk}, which can be undone.")
        return [*lines, NEXT] if any(after in DEER for _, after, _ in rows) else lines
