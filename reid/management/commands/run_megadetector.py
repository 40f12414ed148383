"""`manage.py run_megadetector FOLDER`: the package megadetector over a folder of photographs, and what it finds imported."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser

from reid.detecting.fetching import catalogue, fetch, megadetector
from reid.hub import environment
from reid.management.base import CheckedCommand
from reid.management.licences import add_acceptance, require_accepted
from reid.management.progress import progress_bar
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT: Final = "megadetector-v5a"
NO_FOLDER: Final = "There is no folder {}: give the one that the photographs are in."
NO_WEIGHTS: Final = "There is no file {}: give the path of a file of weights."
NOT_ITS: Final = "The package megadetector does not run {}: take one of {}."
STOPPED: Final = "Stopped. What was found until then is kept: give the same command again, and it goes on from there."
WRITTEN: Final = "{}: written."


class Command(CheckedCommand):
    help = (
        "Have the package megadetector look at a folder of photographs, as its makers have it, and import what it finds. It "
        "runs in an environment of its own, which `./run detector` makes. Ended with Ctrl-C, it goes on with the next call."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--detector",
            default=DEFAULT,
            metavar="NAME",
            help="one of the catalogue, see `detectors list` (default: %(default)s)",
        )
        parser.add_argument(
            "--weights", type=Path, metavar="FILE", help="weights of your own that it can run"
        )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="write what it finds to this file alone, ending in .json; nothing is imported",
        )
        add_acceptance(parser)
        parser.add_argument(
            "--link", action="store_true", help="hard-link photographs instead of copying them"
        )
        parser.add_argument("--user", default="", help="who imports (default: the local user)")
        parser.add_argument("--no-progress", action="store_true", help="no progress bar on stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].absolute()
        if not folder.is_dir():
            raise CommandError(NO_FOLDER.format(folder))
        try:
            with progress_bar(disable=options["no_progress"]) as bar:
                task = bar.add_task("", total=None)

                def told(what: str) -> Callable[[int, int | None], None]:
                    def tell(done: int, total: int | None) -> None:
                        bar.update(task, description=what, completed=done, total=total)

                    return tell

                weights = self._weights(options, told("bytes"))
                python = environment.prepare(settings.MODEL_ROOT, self.stdout.write, fetch.PACKAGES)
                output = options["output"] or _place(folder, weights)
                megadetector.run(python, weights, folder, output, told("photographs"))
        except (LookupError, ModelRefused) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(STOPPED) from None
        if options["output"]:
            self.stdout.write(WRITTEN.format(output))
            return
        call_command(
            "import_detections",
            output,
            root=folder,
            link=options["link"],
            user=options["user"],
            no_progress=options["no_progress"],
            stdout=self.stdout,
        )
        output.unlink()

    def _weights(
        self, options: dict[str, Any], progress: Callable[[int, int | None], None]
    ) -> Path:
        own: Path | None = options["weights"]
        if own:
            if not own.is_file():
                raise CommandError(NO_WEIGHTS.format(own))
            return own
        entry = catalogue.find(options["detector"])
        if not entry.megadetector_takes_it:
            takes = [
                item.name for item in catalogue.DETECTORS.values() if item.megadetector_takes_it
            ]
            raise CommandError(NOT_ITS.format(entry.name, ", ".join(takes)))
        if not fetch.has_file(entry, settings.MODEL_ROOT):
            require_accepted(entry, options, self.stdout.write)
        return fetch.obtain(entry, settings.MODEL_ROOT, self.stdout.write, progress)[0]


def _place(folder: Path, weights: Path) -> Path:
    """Where what is found of a folder by these weights lies until it is imported."""
    key = hashlib.sha256(f"{folder}\n{weights.absolute()}".encode()).hexdigest()[:16]
    return settings.MODEL_ROOT / ".megadetector" / f"{key}.json"
