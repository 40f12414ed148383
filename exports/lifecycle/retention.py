"""Retention of export files: those that have outlived their status are removed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from exports.lifecycle import status, storage
from exports.lifecycle.records import ExportStatus

if TYPE_CHECKING:
    from exports.lifecycle.records import ExportRecord
    from exports.lifecycle.storage import StoredFile

logger = logging.getLogger(__name__)


def is_wanted(file: StoredFile, record: ExportRecord | None) -> bool:
    """Whether a live record stands behind the file. Pure."""
    if record is None or record.status is ExportStatus.FAILED:
        return False
    if record.attempt != file.attempt:
        return record.attempt is None
    return record.is_processing or not file.is_part


def purge(*, dry_run: bool = False) -> list[StoredFile]:
    """Remove the files that no live status wants, and return them.

    Raises redis.RedisError, with nothing removed, while Redis is away: then every status seems gone. Files
    are listed before statuses are read, for a file is never older than its status. A status that cannot be
    read keeps its files.
    """
    files = list(storage.stored_files())
    records = status.store().many({file.job_id for file in files})
    orphans = [
        file
        for file in files
        if file.job_id in records and not is_wanted(file, records[file.job_id])
    ]
    if not dry_run:
        for file in orphans:
            file.unlink()
            logger.info("removed %s", file.name, extra={"job_id": file.job_id})
    return orphans
