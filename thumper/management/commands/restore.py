"""`manage.py restore`: a backup put into an empty store, or in the place of what a store holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management.base import CommandError

from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.storage.photo_store import StoreAway
from thumper.backups import restoring
from thumper.backups.folder import BackupFolder
from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from argparse import ArgumentParser

RESTORED: Final = "Restored the backup {} of {}: {:,} images, {:,} detections, {:,} deer; {:,} of {:,} files were written."
NO_PHOTOGRAPHS: Final = "It holds no photographs: those that are there stay. An earlier backup may have more (`manage.py backup {} --list`)."
WERE_MISSING: Final = "{:,} photographs were missing when the backup was made, such as {}."
LEFT: Final = "{:,} files below the media folder are not of this backup. They were left: import them again, or remove them."
MADE_AGAIN: Final = (
    "{:,} pictures that were younger than the backup were taken away: they are made again."
)


class Command(CheckedCommand):
    help = (
        "Restore the newest backup of a folder, or another one of it. The whole backup is read and checked before "
        "anything changes. Stop Thumper's workers before. An older schema is migrated afterwards; a newer one, and a "
        "backup of the other kind of database, are refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=settings.BACKUP_ROOT,
            help="folder that was given to the command backup (default: %(default)s)",
        )
        parser.add_argument(
            "--backup", default="", metavar="NAME", help="which one (default: the newest)"
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="put it in place of what the store holds, which is lost",
        )

    def handle(self, *args: Any, folder: Path, backup: str, replace: bool, **options: Any) -> None:
        try:
            with progress_bar() as bar:
                task = bar.add_task("bytes", total=None)
                restored = restoring.restore(
                    BackupFolder(folder),
                    backup,
                    replace=replace,
                    progress=lambda size: bar.advance(task, size),
                )
        except (BackupProblem, StoreAway) as problem:
            raise CommandError(str(problem)) from problem
        manifest = restored.manifest
        rows = [manifest.rows[f"reid_{name}"] for name in ("image", "detection", "deer")]
        self.stdout.write(
            RESTORED.format(
                manifest.name, manifest.made_at, *rows, restored.written, manifest.files
            )
        )
        if not manifest.has_photographs:
            self.stdout.write(NO_PHOTOGRAPHS.format(folder))
        if manifest.missing:
            self.stdout.write(WERE_MISSING.format(manifest.missing, manifest.missing_names[0]))
        if restored.left:
            self.stdout.write(LEFT.format(restored.left))
        if restored.remade:
            self.stdout.write(MADE_AGAIN.format(restored.remade))
