"""`manage.py detect_animals [FOLDER]`: where are the animals, on photographs that nobody has looked at?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import redis
from django.core.management.base import CommandError, CommandParser

from reid.detecting import registry
from reid.detecting.running import detect
from reid.identifying import run_lifecycle, run_workers
from reid.management import detection_work
from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person

if TYPE_CHECKING:
    from reid.models import ReidRun

NO_QUEUE: Final = "Redis does not answer: start it, or run without --queue."
BAD_LIMIT: Final = "--limit must be 0 (all) or more."


class Command(CheckedCommand):
    help = (
        "Find animals, people and vehicles on photographs that no detector has looked at, and write their boxes as an "
        "import, which can be undone. What people moved, deleted or corrected stays. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            default="",
            metavar="FOLDER",
            help="only photographs below this folder of the store, such as a collection",
        )
        parser.add_argument(
            "--camera",
            action="append",
            default=[],
            metavar="NAME",
            help="only photographs of this camera; repeatable",
        )
        parser.add_argument(
            "--detector", default="", metavar="NAME", help="another detector than the one in use"
        )
        parser.add_argument(
            "--limit", type=int, default=0, help="look at so many photographs (default: all)"
        )
        parser.add_argument(
            "--again",
            action="store_true",
            help="also photographs that another detector, a program or a person has looked at",
        )
        parser.add_argument(
            "--resume",
            default="",
            metavar="RUN",
            help="go on with a run that did not end by itself",
        )
        parser.add_argument("--user", default="", help="in whose name (default: the local user)")
        parser.add_argument(
            "--queue", action="store_true", help="let the gpu worker do it in the background"
        )
        parser.add_argument(
            "--format",
            choices=("text", "json"),
            default="text",
            help="of what is printed at the end",
        )
        parser.add_argument("--no-progress", action="store_true", help="no progress bar on stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 0:
            raise CommandError(BAD_LIMIT)
        try:
            if options["resume"]:
                run = run_lifecycle.reopen(detection_work.find(options["resume"]))
            else:
                run = self._new(options)
            if options["queue"]:
                run_workers.start(run)
                self.stdout.write(f"Run {run.pk} is queued.")
                return
        except (LookupError, UnknownPerson) as problem:
            raise CommandError(str(problem)) from problem
        except redis.RedisError as error:
            raise CommandError(NO_QUEUE) from error
        run = detection_work.work(run, detect.total(run), no_progress=options["no_progress"])
        if options["format"] == "json":
            self.stdout.write(json.dumps(detection_work.document(run), indent=2))
        else:
            self.stdout.write("\n".join(detection_work.lines(run)))

    def _new(self, options: dict[str, Any]) -> ReidRun:
        scope = detect.scope_of(
            limit=options["limit"],
            again=options["again"],
            cameras=options["camera"],
            folder=options["folder"],
        )
        detector = registry.find(options["detector"]) if options["detector"] else None
        return detect.create_run(person(options["user"]), detector, scope)
