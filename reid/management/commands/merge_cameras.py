"""`manage.py merge_cameras CAMERA INTO`: two names of one camera made one; those much alike listed; undone."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from reid.cameras import merging
from reid.cameras.problems import MergeProblem
from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person
from reid.models import Camera, CameraMerge
from reid.naming import alike_key, name_key
from reid.wording import Number

if TYPE_CHECKING:
    from reid.cameras.merging import MergeReport

NO_CAMERA: Final = "There is no camera {name!r}."
MERGED_ALREADY: Final = "{name!r} was merged into {into!r} already."
TWO_NAMES: Final = (
    "Name two cameras: the one that is merged, and the one that stays; or give --list or --undo ID."
)
DRY_RUN: Final = "Dry run: nothing was changed. It would be:"
MERGED: Final = (
    "{camera} is {into} now: {photographs:photograph|photographs}, {deployments:deployment|deployments} and {outages:outage|outages} "
    "changed over; encounters were built anew."
)
TO_UNDO: Final = "To undo it: merge_cameras --undo {key}"
UNDONE: Final = (
    "{camera} is a camera of its own again: {photographs:photograph|photographs}, {deployments:deployment|deployments} and "
    "{outages:outage|outages} came back from {into}."
)
ALIKE: Final = "Much alike: {names}"
NOTHING: Final = "No names of cameras are much alike, and none were merged."

EPILOG = """\
Examples:
  merge_cameras 'North Gate' north-gate    North Gate is north-gate from now on
  merge_cameras --list                     names that are much alike, and the merges until now
  merge_cameras --undo ID                  takes one back

Photographs, deployments, outages and clock corrections of the first change over to the second, whose name, place and
notes stay. Tables that use the first name lead to the second. Deployments or outages of both at the same time
are named, and nothing is merged.
"""


class Command(CheckedCommand):
    help = "Merge two cameras that are one. Can be undone."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EPILOG, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter  # the epilog's lines stay lines
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("camera", metavar="CAMERA", nargs="?", default="")
        parser.add_argument("into", metavar="INTO", nargs="?", default="")
        parser.add_argument("--list", action="store_true", help="names much alike, and merges")
        parser.add_argument("--undo", type=UUID, metavar="ID", help="undo a merge")
        parser.add_argument("--reason", default="", help="kept with the merge")
        parser.add_argument("--user", default="", help="who merges (default: the local user)")
        parser.add_argument("--dry-run", action="store_true", help="do the same, then undo it")

    def handle(self, *args: Any, **options: Any) -> None:
        named = bool(options["camera"] and options["into"])
        if [named, options["list"], bool(options["undo"])].count(True) != 1 or (
            options["camera"] and not named
        ):
            raise CommandError(TWO_NAMES)
        if options["list"]:
            self._list()
            return
        try:
            actor = person(options["user"])
            if options["undo"]:
                self._say(UNDONE, merging.undo(options["undo"], actor=actor))
                return
            report = merging.merge(
                _camera(options["camera"]),
                _camera(options["into"]),
                actor=actor,
                reason=options["reason"],
                dry_run=options["dry_run"],
            )
        except (MergeProblem, UnknownPerson) as problem:
            raise CommandError(_ascii(str(problem))) from problem
        if options["dry_run"]:
            self.stdout.write(DRY_RUN)
        self._say(MERGED, report)
        if not options["dry_run"]:
            self.stdout.write(TO_UNDO.format(key=report.merge.pk))

    def _say(self, text: str, report: MergeReport) -> None:
        said = text.format(
            camera=report.merge.camera,
            into=report.merge.into,
            photographs=Number(report.photographs),
            deployments=Number(report.deployments),
            outages=Number(report.outages),
        )
        self.stdout.write(_ascii(said))

    def _list(self) -> None:
        names: defaultdict[str, list[str]] = defaultdict(list)
        for name in Camera.objects.values_list("name", flat=True):
            names[alike_key(name)].append(name)
        lines = [
            ALIKE.format(names=", ".join(map(repr, group)))
            for key, group in names.items()
            if key and len(group) > 1
        ]
        merges = CameraMerge.objects.select_related("camera", "into", "actor", "undone_by")
        lines += [_line(item) for item in merges]
        for line in lines or [NOTHING]:
            self.stdout.write(_ascii(line))


def _camera(name: str) -> Camera:
    camera = Camera.everything.filter(name_key=name_key(name)).first()
    if camera is None:
        raise MergeProblem(NO_CAMERA.format(name=name))
    if camera.merged_into is not None:
        raise MergeProblem(MERGED_ALREADY.format(name=camera.name, into=camera.survivor.name))
    return camera


def _line(item: CameraMerge) -> str:
    at = timezone.localtime(item.created_at)
    state = f", undone by {item.undone_by.get_username()}" if item.undone_by else ""
    who = f"{item.actor.get_username()}{state}"
    return f"{item.pk}  {at:%Y-%m-%d %H:%M}  {item}  {who}  {item.reason}".rstrip()


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")
