"""Refusals of a download and of an Idempotency-Key, as the API answers them.

`headers`, where an exception has them, go into the answer.
"""

from __future__ import annotations

from typing import Final

from rest_framework import status
from rest_framework.exceptions import APIException

NOT_READY: Final = (
    "The export is not ready yet: ask for its status, and download it when completed."
)
HAS_FAILED: Final = "The export has failed, so there is no file: its status says why."
NO_ESTIMATES: Final = "The survey has no estimates yet: compute them, then download its numbers."
KEY_INVALID: Final = "Idempotency-Key must be 1 to 255 printable ASCII characters."


class NotReady(APIException):
    """409: the download was asked for too early, or of an export that has failed."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = NOT_READY

    def __init__(self, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = headers or {}
