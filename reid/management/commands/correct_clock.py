"""`manage.py correct_clock CAMERA`: photographs of a clock that was wrong, moved in time; listed; undone."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from reid.importing.clocks import corrections as clock_corrections
from reid.importing.clocks.corrections import CorrectionProblem
from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person
from reid.models import Camera, ClockCorrection
from reid.naming import name_key
from reid.wording import Number, counted

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NO_CAMERA = "There is no camera {name!r}."
NO_CORRECTION = "There is no correction {key} of camera {camera}."
NONE_YET = "The clock of {camera} was never corrected."
DRY_RUN = "Dry run: nothing was changed. It would be:"
CORRECTED = "{count:photograph|photographs} of {camera} moved by {shift}; {count:|its|their} encounters were built anew."
TO_UNDO = "To undo it: correct_clock {camera!r} --undo {key}"
UNDONE = "{count:photograph of|photographs of} {camera} {count:|has its former time|have their former times} again."

EPILOG = """\
Examples:
  correct_clock north --shift +1h                     the clock was an hour slow
  correct_clock north --shift=-1d2h30m                it was fast: write = before a minus
  correct_clock north --set-from '2000-01-01 00:00:31' --to '2025-10-03 06:12:44' --until 2000-12-31
                                                      it began anew: what it showed, and what the time was
  correct_clock north --list                          the corrections of its clock
  correct_clock north --undo ID                       takes one back

--from and --until are days as the wrong clock has them, both inclusive; without them all photographs of the
camera that have a time are moved. What it showed and what the time was are read in the camera's time zone.
"""


class Command(CheckedCommand):
    help = "Correct the times of a camera's photographs, and build their encounters anew. Can be undone."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EPILOG, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter  # the epilog's lines stay lines
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("camera", metavar="CAMERA")
        act = parser.add_mutually_exclusive_group(required=True)
        act.add_argument("--shift", default="", help="time to add, such as +1h30m or =-45s")
        act.add_argument("--set-from", default="", metavar="CLOCK", help="what the clock showed")
        act.add_argument("--list", action="store_true", help="list the corrections of its clock")
        act.add_argument("--undo", type=UUID, metavar="ID", help="undo a correction")
        parser.add_argument("--to", default="", metavar="TIME", help="what the time was then")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY")
        parser.add_argument("--until", dest="last", type=date.fromisoformat, metavar="DAY")
        parser.add_argument("--reason", default="", help="kept with the correction")
        parser.add_argument("--user", default="", help="who corrects (default: the local user)")
        parser.add_argument("--dry-run", action="store_true", help="do the same, then undo it")

    def handle(self, *args: Any, **options: Any) -> None:
        key = name_key(options["camera"])
        camera = Camera.by_keys([key]).get(key)
        if camera is None:
            raise CommandError(NO_CAMERA.format(name=options["camera"]))
        if options["list"]:
            self._list(camera)
            return
        try:
            actor = person(options["user"])
            if options["undo"]:
                self._undo(camera, options["undo"], actor)
            else:
                self._correct(camera, actor, options)
        except (CorrectionProblem, UnknownPerson) as problem:
            raise CommandError(str(problem)) from problem

    def _correct(self, camera: Camera, actor: User, options: dict[str, Any]) -> None:
        shift = clock_corrections.shift_of(
            camera, shift=options["shift"], set_from=options["set_from"], to=options["to"]
        )
        correction, count = clock_corrections.correct(
            camera,
            shift,
            actor=actor,
            first_day=options["first"],
            last_day=options["last"],
            reason=options["reason"],
            dry_run=options["dry_run"],
        )
        if options["dry_run"]:
            self.stdout.write(DRY_RUN)
        self.stdout.write(_ascii(CORRECTED.format(count=Number(count), camera=camera, shift=shift)))
        if not options["dry_run"]:
            self.stdout.write(_ascii(TO_UNDO.format(camera=camera.name, key=correction.pk)))

    def _undo(self, camera: Camera, key: UUID, actor: User) -> None:
        if not ClockCorrection.objects.filter(pk=key, camera=camera).exists():
            raise CommandError(_ascii(NO_CORRECTION.format(key=key, camera=camera)))
        _, count = clock_corrections.undo(key, actor=actor)
        self.stdout.write(_ascii(UNDONE.format(count=Number(count), camera=camera)))

    def _list(self, camera: Camera) -> None:
        corrections = ClockCorrection.objects.filter(camera=camera).select_related(
            "actor", "undone_by"
        )
        for item in corrections:
            self.stdout.write(_ascii(_line(item)))
        if not corrections:
            self.stdout.write(_ascii(NONE_YET.format(camera=camera)))


def _line(item: ClockCorrection) -> str:
    at = timezone.localtime(item.created_at)
    days = f"{item.first_day or ''}..{item.last_day or ''}"
    state = f", undone by {item.undone_by.get_username()}" if item.undone_by else ""
    number = item.shifts.count()
    return (
        f"{item.pk}  {at:%Y-%m-%d %H:%M}  {item.seconds:+,.0f} s  {counted(number, 'photograph')}  "
        f"{days}  {item.actor.get_username()}{state}  {item.reason}".rstrip()
    )


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")
