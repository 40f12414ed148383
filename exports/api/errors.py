"""What an export request can be answered with instead of what it asked for.

`errors` and `headers`, where an exception has them, go into the problem that the API answers with.
"""

from __future__ import annotations

from typing import Final

from rest_framework import status
from rest_framework.exceptions import APIException

NOT_FOUND: Final = "Job not found or expired"
NOT_READY: Final = (
    "The export is not ready yet: ask for its status, and download it when completed."
)
HAS_FAILED: Final = "The export has failed, so there is no file: its status says why."
UNREADABLE: Final = (
    "The status of this export cannot be read: delete the export and start it again."
)
KEY_REUSED: Final = (
    "This Idempotency-Key came before with another request: use a new key for a new request."
)
KEY_SPENT: Final = (
    "The export that this Idempotency-Key started is deleted or expired: use a new key for another."
)
KEY_INVALID: Final = "Idempotency-Key must be 1 to 255 printable ASCII characters."
TOO_MANY_RUNNING: Final = (
    "You have as many exports running as you may: wait for one of them to end, or delete one."
)
TOO_MANY_STARTED: Final = "You have started many exports within a minute: wait, then try again."
DISK_FULL: Final = (
    "The disk of this server has no room for this export: "
    "delete exports that you do not need, or ask for less."
)
RANGE_OUTSIDE: Final = "The file does not have the bytes that were asked for."


class ExportGone(APIException):
    status_code = status.HTTP_404_NOT_FOUND
    default_code = "not_found"
    default_detail = NOT_FOUND


class NotReady(APIException):
    """409: the download was asked for too early, or of an export that has failed."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = NOT_READY

    def __init__(self, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = headers or {}


class RangeOutside(APIException):
    status_code = status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE
    default_code = "out_of_range"
    default_detail = RANGE_OUTSIDE

    def __init__(self, size: int) -> None:
        super().__init__()
        self.headers = {"Content-Range": f"bytes */{size}"}


class StatusUnreadable(APIException):
    status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
    default_code = "unreadable"
    default_detail = UNREADABLE


class KeyReused(APIException):
    """409: the same Idempotency-Key, and another request or an export that is gone."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = KEY_REUSED


class TooMany(APIException):
    """429, with the seconds to wait."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "throttled"

    def __init__(self, detail: str, wait: int) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(wait)}


class InsufficientStorage(APIException):
    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_code = "disk_full"
    default_detail = DISK_FULL
