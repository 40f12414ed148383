"""Upgrade of a store: a backup of the database and the models, then the migrations of the new version.

Photographs are left out of it: no migration touches one, and a second copy of all of them would often not fit.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from thumper.backups import making
from thumper.backups.folder import BackupFolder
from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from thumper.backups.manifest import Manifest

logger = logging.getLogger(__name__)

KEPT: Final = 5
"""So many backups of upgrades stay."""
NO_BACKUP: Final = (
    "{} Nothing was migrated: without a backup it is done by `manage.py upgrade --no-backup`."
)


def migrate(*, with_backup: bool = True) -> Manifest | None:
    """Migrate the database; the backup that was made before, or None where there was nothing to save.

    Raises BackupProblem, and migrates nothing, where no backup could be made.
    """
    manifest = None
    if with_backup and _is_to_be_migrated():
        try:
            folder = BackupFolder(settings.BACKUP_ROOT)
            manifest = making.make(folder, with_photographs=False).manifest
        except BackupProblem as problem:
            raise BackupProblem(NO_BACKUP.format(problem)) from problem
    call_command("migrate", verbosity=0)
    if manifest:
        _remove_old()
    return manifest


def _remove_old() -> None:
    """Keep KEPT of them: once all is migrated, for tries that fail would push out the one from before the first."""
    folder = BackupFolder(settings.BACKUP_ROOT)
    try:
        with folder.locked():
            folder.keep(KEPT, with_photographs=False)
    except BackupProblem as problem:
        logger.warning("old backups of upgrades stay: %s", problem)


def is_there() -> bool:
    """Whether the database holds a store, of whatever version."""
    return ("reid", "0001_initial") in MigrationRecorder(connection).applied_migrations()


def _is_to_be_migrated() -> bool:
    """Whether there are migrations to apply to a store that there is."""
    if not is_there():
        return False
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
