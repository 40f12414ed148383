"""`manage.py imports list|show|undo|purge`: what was imported, what it refused, and how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.core.management.base import CommandError
from django.utils import timezone

from reid.import_undo.purge import purge
from reid.import_undo.undo import UndoRefused, UnknownImport, undo
from reid.management.base import ActionCommand
from reid.management.users import UnknownPerson, person
from reid.models import Import
from reid.wording import Number, agreeing

if TYPE_CHECKING:
    from reid.import_undo.undo import UndoReport

LISTED: Final = 50
NONE: Final = "Nothing has been imported yet."
UNKNOWN: Final = "There is no import {key}."
DRY_RUN: Final = "Dry run: nothing was changed. Undone would be:"
UNDONE: Final = "The import of {source} is undone:"
NEEDS_KEEP_USED: Final = (
    "Only --keep-used would undo it: {number:thing was|things were} used since."
)
GONE: Final = {
    "detections": ("detection", "detections"),
    "images": ("photograph", "photographs"),
    "deer": ("deer", "deer"),
    "cameras": ("camera", "cameras"),
    "deployments": ("deployment or outage", "deployments and outages"),
    "restored": ("stored row as it was", "stored rows as they were"),
    "files": ("file", "files"),
    "kept": ("kept", "kept"),
}
"""What the counts of an undo count."""

KEPT: Final = "Kept, for it was used since:"
PURGED: Final = "{detections:detection|detections}, {images:photograph|photographs}, {deer} deer and {files:file|files} purged."


class Command(ActionCommand):
    help = (
        "List imports, show one with what it refused, or undo one: what it brought goes, what it changed goes back, "
        "and nothing that people did since is lost. Photographs that it copied below MEDIA_ROOT are deleted, "
        "your own never."
    )

    refusals = (UnknownImport, UnknownPerson)

    def add_actions(self) -> None:
        listed = self.action("list", self._list, "the newest imports")
        listed.add_argument(
            "--limit", type=int, default=LISTED, help="how many (default: %(default)s)"
        )
        shown = self.action("show", self._show, "one import: counts, settings, problems")
        shown.add_argument("id", type=UUID, metavar="ID")
        undone = self.action("undo", self._undo, "take an import back, all or nothing")
        undone.add_argument("id", type=UUID, metavar="ID")
        undone.add_argument(
            "--keep-used",
            action="store_true",
            help="keep what people, or later imports, have used since, and undo the rest",
        )
        undone.add_argument("--dry-run", action="store_true", help="only say what would go")
        undone.add_argument("--user", default="", help="who undoes it (default: the local user)")
        self.action(
            "purge",
            self._purge,
            "delete hidden rows of undone imports that no log names any more",
        )

    def _list(self, options: dict[str, Any]) -> None:
        records = Import.objects.select_related("actor")[: max(options["limit"], 0)]
        for record in records:
            self.stdout.write(_ascii(_line(record)))
        if not records:
            self.stdout.write(NONE)

    def _show(self, options: dict[str, Any]) -> None:
        key = options["id"]
        record = Import.objects.select_related("actor").filter(pk=key).first()
        if record is None:
            raise CommandError(UNKNOWN.format(key=key))
        write = self.stdout.write
        write(_ascii(_line(record)))
        if record.error:
            write(self.style.WARNING(_ascii(record.error)))
        for title, values in (("settings", record.options), ("counts", record.counts)):
            for name, value in values.items():
                if value:
                    write(_ascii(f"  {title}: {name} = {value}"))
        for problem in record.problems.all():
            place = f"line {problem.line}: " if problem.line else ""
            write(self.style.WARNING(_ascii(f"  {problem.severity}: {place}{problem}")))

    def _undo(self, options: dict[str, Any]) -> None:
        try:
            report = undo(
                options["id"],
                actor=person(options["user"]),
                keep_used=options["keep_used"],
                dry_run=options["dry_run"],
            )
        except UndoRefused as refused:
            for conflict in refused.conflicts:
                self.stdout.write(self.style.WARNING(_ascii(str(conflict))))
            raise CommandError(_ascii(str(refused))) from refused
        self._report(report, Import.objects.get(pk=options["id"]), keep_used=options["keep_used"])

    def _purge(self, options: dict[str, Any]) -> None:
        gone = purge()
        counts = {name: Number(getattr(gone, name)) for name in gone.__slots__}
        self.stdout.write(PURGED.format(**counts))

    def _report(self, report: UndoReport, record: Import, *, keep_used: bool) -> None:
        write = self.stdout.write
        write(DRY_RUN if report.dry_run else _ascii(UNDONE.format(source=record.source)))
        for name, number in report.counts.items():
            if number or name == "detections":
                write(f"{number:>10,}  {agreeing(number, *GONE[name])}")
        if report.conflicts:
            write(KEPT)
        for conflict in report.conflicts:
            write(self.style.WARNING(_ascii(f"  {conflict}")))
        if report.dry_run and report.conflicts and not keep_used:
            write(NEEDS_KEEP_USED.format(number=Number(len(report.conflicts))))


def _line(record: Import) -> str:
    at = timezone.localtime(record.started_at)
    by = record.actor.get_username() if record.actor else "-"
    return f"{record.pk}  {at:%Y-%m-%d %H:%M}  {record.standing:<10}  {record.kind:<11}  {by}  {record.source}"


def _ascii(text: str) -> str:
    """Names come from files; the terminal may know only ASCII, and a name may hold control codes."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable.encode("ascii", "backslashreplace").decode("ascii")
