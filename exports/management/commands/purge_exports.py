"""Command purge_exports: the files of exports that were deleted, have failed or have expired are removed.

The periodic job does the same every ten minutes. Nothing is removed while Redis is away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis
from django.core.management.base import CommandError

from exports.lifecycle import retention
from reid.management.base import CheckedCommand
from reid.storage.photo_store import StoreAway
from reid.wording import counted

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(CheckedCommand):
    help = "Remove the files of exports that were deleted, have failed or have expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Name the files and remove nothing."
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> str:
        try:
            files = retention.purge(dry_run=dry_run)
        except redis.RedisError as error:
            raise CommandError(
                "Redis does not answer, so no file was removed. Start it, then try again."
            ) from error
        except StoreAway as away:
            raise CommandError(str(away)) from away
        for file in files:
            self.stdout.write(file.name)
        return f"{counted(len(files), 'file')} {'would be removed' if dry_run else 'removed'}."
