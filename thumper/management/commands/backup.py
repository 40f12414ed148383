"""`manage.py backup`: the whole store into a folder while the server runs, again and again; and what lies there, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management.base import CommandError

from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.storage.photo_store import StoreAway
from thumper.backups import making, verifying
from thumper.backups.folder import BackupFolder
from thumper.backups.problems import BackupProblem, size_text

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from thumper.backups.manifest import Manifest

MADE: Final = "Backup {} in {}: database {}, {:,} files of {}; {:,} of them new, {}."
WITHOUT: Final = "Backup {} in {}: database {}, {:,} files of models; photographs were left out."
REMOVED: Final = "Removed older backups: {}."
MISSING: Final = "{:,} photographs that the database names are not there, such as {}: the manifest lists the first {} of them."
WHOLE: Final = "{} backups in {} are whole: every file was read and is what was written."
DAMAGED: Final = (
    "{} problems. Remove the contents that are named above, and make the next backup: it copies them anew, as long as "
    "the store still has them. A damaged backup cannot be restored."
)
ONE_THING: Final = (
    "--verify and --list look at backups and make none: leave --keep and --without-photographs out."
)
WRONG_KEEP: Final = "--keep must be 1 or more."


class Command(CheckedCommand):
    help = (
        "Back up the database, photographs and models into a folder, while the server runs. A second backup into the "
        "same folder copies what is new. Copying SQLite's file by hand is no backup: what was written last, such as "
        "whole runs of scores, lies in a file beside it and is lost. Exports expire and are left out, and so are the "
        "settings (.env): keep a copy of them yourself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=settings.BACKUP_ROOT,
            help="where backups are kept, best on another disk (default: %(default)s)",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="remove all but the newest N backups of this kind: with photographs, or without",
        )
        parser.add_argument(
            "--without-photographs",
            action="store_true",
            help="the database and the models only, where photographs are kept safe otherwise",
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--verify",
            action="store_true",
            help="make no backup: read all that are there, and check them",
        )
        what.add_argument(
            "--list", action="store_true", help="make no backup: list those that are there"
        )

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        looks = options["verify"] or options["list"]
        if looks and (options["keep"] is not None or options["without_photographs"]):
            raise CommandError(ONE_THING)
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError(WRONG_KEEP)
        backups = BackupFolder(folder)
        try:
            if options["verify"]:
                with backups.read():
                    self._verify(backups)
            elif options["list"]:
                for manifest in backups.all():
                    self.stdout.write(_line(manifest))
            else:
                self._make(backups, **options)
        except (BackupProblem, StoreAway) as problem:
            raise CommandError(str(problem)) from problem

    def _make(
        self, folder: BackupFolder, *, keep: int | None, without_photographs: bool, **_: Any
    ) -> None:
        with progress_bar() as bar:
            task = bar.add_task("bytes", total=None, visible=False)
            made = making.make(
                folder,
                with_photographs=not without_photographs,
                keep=keep,
                progress=lambda done, total: bar.update(
                    task, completed=done, total=total, visible=True
                ),
            )
        manifest = made.manifest
        database = size_text(manifest.database_size)
        text = WITHOUT if without_photographs else MADE
        self.stdout.write(
            text.format(
                manifest.name,
                folder.path,
                database,
                manifest.files,
                size_text(manifest.bytes),
                made.copied,
                size_text(made.copied_bytes),
            )
        )
        if made.removed:
            self.stdout.write(REMOVED.format(", ".join(made.removed)))
        if manifest.missing:
            names = manifest.missing_names
            self.stderr.write(MISSING.format(manifest.missing, names[0], len(names)))

    def _verify(self, folder: BackupFolder) -> None:
        names = folder.names()
        count = 0
        with progress_bar() as bar:
            task = bar.add_task("bytes", total=None)
            for problem in verifying.problems(folder, names, lambda size: bar.advance(task, size)):
                self.stderr.write(problem)
                count += 1
        if count:
            raise CommandError(DAMAGED.format(count))
        self.stdout.write(WHOLE.format(len(names), folder.path))


def _line(manifest: Manifest) -> str:
    files = "photographs" if manifest.has_photographs else "no photographs"
    return (
        f"{manifest.name}  Thumper {manifest.thumper}  {manifest.vendor}"
        f"  {manifest.rows['reid_image']:,} images  {manifest.rows['reid_detection']:,} detections"
        f"  {manifest.files:,} files  {size_text(manifest.bytes + manifest.database_size)}  {files}"
    )
