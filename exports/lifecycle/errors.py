"""Refusals of the life of an export, each with the status, the sentence and the headers that the API answers.

And why a run fails: the failure that an error means.
"""

from __future__ import annotations

from typing import Final

from redis import RedisError
from rest_framework import status
from rest_framework.exceptions import APIException

from exports.lifecycle.records import Failure
from reid.db import disk, outage
from reid.storage.photo_store import StoreAway

NOT_FOUND: Final = "Job not found or expired"
UNREADABLE: Final = (
    "The status of this export cannot be read: delete the export and start it again."
)
KEY_REUSED: Final = (
    "This Idempotency-Key came before with another request: use a new key for a new request."
)
KEY_SPENT: Final = (
    "The export that this Idempotency-Key started is deleted or expired: use a new key for another."
)
TOO_MANY_RUNNING: Final = (
    "You have as many exports running as you may: wait for one of them to end, or delete one."
)
TOO_MANY_STARTED: Final = "You have started many exports within a minute: wait, then try again."
DISK_FULL: Final = (
    "The disk of this server has no room for this export: "
    "delete exports that you do not need, or ask for less."
)


class ExportNotFound(APIException):
    """Never was, somebody else's, of the other kind, deleted or expired: the caller cannot tell."""

    status_code = status.HTTP_404_NOT_FOUND
    default_code = "not_found"
    default_detail = NOT_FOUND


class UnreadableStatus(APIException):
    """What the key holds is no export record. `key` says where to look."""

    status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
    default_code = "unreadable"
    default_detail = UNREADABLE

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class KeyReused(APIException):
    """The Idempotency-Key came before, with another request."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = KEY_REUSED


class KeySpent(APIException):
    """The export that the Idempotency-Key started was deleted or has expired."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = KEY_SPENT


class TooManyExports(APIException):
    """The owner has as many exports running as he may, or started too many; `wait` in seconds."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "throttled"

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


class TooManyRunning(TooManyExports):
    """EXPORT_MAX_RUNNING of them run or wait."""

    default_detail = TOO_MANY_RUNNING


class TooManyStarted(TooManyExports):
    """EXPORT_MAX_PER_MINUTE of them were started in this minute."""

    default_detail = TOO_MANY_STARTED


class DiskFull(APIException):
    """What was asked for may not fit on the disk beside EXPORT_DISK_RESERVE."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_code = "disk_full"
    default_detail = DISK_FULL


def failure_of(error: Exception) -> Failure:
    """Why an export fails that met this error, where nothing more exact is known."""
    if disk.is_full(error):
        return Failure.DISK_FULL
    if isinstance(error, StoreAway):
        return Failure.STORAGE_AWAY
    if outage.is_away(error):
        return Failure.DATABASE_AWAY
    return Failure.REDIS_AWAY if isinstance(error, RedisError) else Failure.INTERNAL_ERROR
