"""`manage.py upgrade`: the store brought to the version that is installed, with a backup before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from reid.management.base import CheckedCommand
from thumper.backups import upgrading
from thumper.backups.problems import BackupProblem
from thumper.backups.running import require_no_workers

if TYPE_CHECKING:
    from argparse import ArgumentParser

SAVED: Final = (
    "Backup {name} was made before. The way back: install the version of before, then "
    "`manage.py restore {folder} --backup {name} --replace`."
)
DONE: Final = "The store is that of Thumper {}."
NO_STORE: Final = (
    "There is no store in the {mode} mode's database ({database}), so nothing was upgraded. Run this with the settings "
    "of your installation: where systemd starts Thumper, as `sudo thumper upgrade`. A new store is made by `./run up` "
    "or `manage.py migrate`."
)


class Command(CheckedCommand):
    help = (
        "Bring the store to the version that is installed: a backup of the database and the models into BACKUP_ROOT, "
        "migrations, and in production the static files. Stop Thumper before, and start it again afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-backup", action="store_true", help="migrate without a backup before"
        )

    def handle(self, *args: Any, no_backup: bool, **options: Any) -> None:
        if not upgrading.is_there():
            database = settings.DATABASES["default"]["NAME"]
            raise CommandError(NO_STORE.format(mode=settings.THUMPER_MODE, database=database))
        try:
            require_no_workers()
            manifest = upgrading.migrate(with_backup=not no_backup)
        except BackupProblem as problem:
            raise CommandError(str(problem)) from problem
        if manifest:
            self.stdout.write(SAVED.format(name=manifest.name, folder=settings.BACKUP_ROOT))
        # A container's image has them built in, and may not be written to.
        if not settings.EMBEDDED and os.access(settings.STATIC_ROOT, os.W_OK):
            call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write(DONE.format(settings.SPECTACULAR_SETTINGS["VERSION"]))
