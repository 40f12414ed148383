"""`manage.py process FOLDER`: from photographs to deer: imported, searched for animals, identified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError, CommandParser

from reid.detecting import registry
from reid.detecting.running import detect
from reid.identifying import identify
from reid.importing.detections import import_detections
from reid.importing.rows import SourceProblem
from reid.management import detection_work
from reid.management.base import CheckedCommand
from reid.management.commands import identify_detections
from reid.management.commands import import_detections as importing
from reid.management.import_options import add_import_options, import_options
from reid.management.progress import progress_bar
from reid.management.users import UnknownPerson, person
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from reid.importing.report import ImportReport
    from reid.models import ReidRun

NO_FOLDER: Final = "There is no folder {folder}: name the one in which the photographs lie."
NOTHING_READ: Final = (
    "Nothing could be read: manage.py import_detections FOLDER says of each photograph why."
)
STOPPED: Final = "The search for animals ended as {state}: go on with manage.py detect_animals --resume {run}, then repeat this."
COUNTS: Final = (
    *("images", "empty", "unlooked", "untimed", "detections", "updated", "cameras"),
    *("skipped", "refused"),
)
"""What is said of the import."""


class Command(CheckedCommand):
    help = (
        "Import the photographs of a folder, find the animals on all that no detector has looked at, and identify the deer. Each "
        "step is a run or an import of its own, that can be undone. Safe to repeat: it goes on with what is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        add_import_options(parser, format_option="--source-format")
        parser.add_argument(
            "--detector", default="", metavar="NAME", help="another detector than the one in use"
        )
        parser.add_argument("--user", default="", help="in whose name (default: the local user)")
        parser.add_argument(
            "--format",
            choices=("text", "json"),
            default="text",
            help="of what is printed at the end",
        )
        parser.add_argument("--no-progress", action="store_true", help="no progress bars on stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["folder"].is_dir():
            raise CommandError(NO_FOLDER.format(folder=options["folder"]))
        try:
            actor = person(options["user"])
            detector = (
                registry.find(options["detector"]) if options["detector"] else registry.active()
            )
            if detector is None:
                raise CommandError(detect.NO_DETECTOR)
            report = self._import(actor, options)
            found = detect.create_run(actor, detector)
            quiet = options["no_progress"]
            found = detection_work.work(found, detect.total(found), no_progress=quiet)
            if found.state != found.State.COMPLETED:
                raise CommandError(STOPPED.format(state=found.state, run=found.pk))
            scope = identify.IdentifyScope()
            named = identify.silent_run(None, scope) or identify.create_run(None, scope)
            identify_detections.work(named, scope, no_progress=quiet)
            named.refresh_from_db()
        except (LookupError, UnknownPerson, SourceProblem, ModelRefused) as problem:
            raise CommandError(str(problem)) from problem
        self._show(report, found, named, as_json=options["format"] == "json")

    def _import(self, actor: User, options: dict[str, Any]) -> ImportReport:
        with progress_bar(disable=options["no_progress"]) as bar:
            task = bar.add_task("import", total=None)
            report = import_detections(
                options["folder"],
                actor=actor,
                options=import_options(options),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        if not report.could_read:
            raise CommandError(NOTHING_READ)
        return report

    def _show(self, report: ImportReport, found: ReidRun, named: ReidRun, *, as_json: bool) -> None:
        if as_json:
            whole = report.as_dict()
            imported = {name: whole[name] for name in COUNTS}
            identified = {"run": str(named.pk), "state": named.state, **named.counts}
            identified.pop("scope", None)
            document = {
                "import": imported,
                "detect": detection_work.document(found),
                "identify": identified,
            }
            self.stdout.write(json.dumps(document, indent=2))
            return
        self.stdout.write("Imported:")
        self.stdout.write("\n".join(importing.count_lines(report)))
        self.stdout.write("\n".join(detection_work.lines(found)))
        self.stdout.write("\n".join(identify_detections.lines(named)))
