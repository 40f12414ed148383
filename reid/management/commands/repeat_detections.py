"""`manage.py repeat_detections`: boxes at one place of a camera's view again and again, listed and removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

from reid.api.repeats.views import RepeatSerializer
from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person
from reid.models import Camera
from reid.naming import name_key
from reid.repeats import answers, places
from reid.reviewing import ReviewError
from reid.wording import Number

if TYPE_CHECKING:
    from reid.models import Repeat

NONE: Final = "No place is boxed again and again that nobody has answered for."
UNKNOWN_CAMERA: Final = "There is no camera named {name}."
FOUND: Final = "{repeats:place|places}. Look at them on the page Photographs, Always the same place, or remove one: repeat_detections --remove ID"
REMOVED: Final = "{frames:photograph|photographs}: the boxes at this place are thrown out, in one operation that can be undone: {operation}"
KEPT: Final = "Kept: this place is not suspected again."
TAKEN_BACK: Final = "Taken back: it is open again."


class Command(CheckedCommand):
    help = (
        "Look for boxes that lie at one place of a camera's view again and again, over days: stumps, feeders, stones. "
        "Each place is one suspicion, for a person to remove or to keep. Deer that have a name, and boxes that a person "
        "reviewed, drew or moved, are never among them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--camera", default="", metavar="NAME", help="look at this camera alone"
        )
        parser.add_argument(
            "--format", choices=("table", "json"), default="table", help="(default: table)"
        )
        acts = parser.add_mutually_exclusive_group()
        for name, text in (
            ("remove", "there is no animal at this place: throw its boxes out"),
            ("keep", "these are animals: do not suspect this place again"),
            ("take-back", "take an answer back"),
        ):
            acts.add_argument(f"--{name}", type=UUID, metavar="ID", help=text)
        parser.add_argument("--user", default="", help="who answers (default: the local user)")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in answers.ACTS:
            if key := options[name.replace("-", "_")]:
                self._answer(name, key, options["user"])
                return
        repeats = places.look(self._cameras(options["camera"]))
        if options["format"] == "json":
            rows = RepeatSerializer(repeats, many=True).data
            self.stdout.write(json.dumps(rows, cls=JSONEncoder, indent=1))
            return
        for row in repeats:
            self.stdout.write(_line(row))
        self.stdout.write(FOUND.format(repeats=Number(len(repeats))) if repeats else NONE)

    def _cameras(self, name: str) -> list[Camera] | None:
        if not name:
            return None
        camera = Camera.by_keys([name_key(name)]).get(name_key(name))
        if camera is None:
            raise CommandError(UNKNOWN_CAMERA.format(name=name))
        return [camera]

    def _answer(self, name: str, key: UUID, user: str) -> None:
        try:
            row = answers.ACTS[name](key, actor=person(user))
        except (UnknownPerson, ReviewError) as error:
            raise CommandError(str(error)) from error
        texts = {"remove": REMOVED, "keep": KEPT, "take-back": TAKEN_BACK}
        operation = row.removal.pk if row.removal else ""
        self.stdout.write(texts[name].format(frames=Number(row.frames), operation=operation))


def _line(row: Repeat) -> str:
    first, last = (timezone.localtime(one).date() for one in (row.first_at, row.last_at))
    box = " ".join(f"{edge:.2f}" for edge in (row.left, row.top, row.right, row.bottom))
    counts = f"{row.frames:>6,} photographs {row.encounters:>5,} visits"
    return f"{row.pk}  {row.camera.name:<20} {counts}  {first} to {last}  box {box}"
