"""Protocol of resumable uploads (tus): its headers read and written, and which status each refusal has.

Nothing here knows what is uploaded.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import http_date

from reid.intake import refusals
from reid.intake.storage import Checksum
from reid.intake.uploads import Announced

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,checksum,expiration"
ALGORITHMS: Final = ("sha1", "sha256")
CHUNK_TYPE: Final = "application/offset+octet-stream"
CHECKSUM_MISMATCH: Final = 460

BAD_LENGTH: Final = "Say in Upload-Length how many bytes the file has."
DEFERRED: Final = "The length cannot be said later: say it in Upload-Length."
BAD_OFFSET: Final = "Say in Upload-Offset at which byte these bytes begin."
NO_CONTENT_LENGTH: Final = "Say in Content-Length how many bytes the request brings."
BAD_METADATA: Final = (
    "Upload-Metadata is not readable: it needs relativePath or filename, and base64 after each key."
)
BAD_CHECKSUM: Final = (
    "Upload-Checksum is not readable: use sha1 or sha256, a blank, and the digest in base64."
)
WRONG_VERSION: Final = "This server speaks tus 1.0.0: send Tus-Resumable: 1.0.0."
WRONG_TYPE: Final = "Send the bytes as application/offset+octet-stream."

STATUS_OF: Final = {
    refusals.BadName: 400,
    refusals.NotTaken: 415,
    refusals.TooLarge: 413,
    refusals.NoRoom: 507,
    refusals.NameTaken: 409,
    refusals.NotNow: 403,
    refusals.WrongOffset: 409,
    refusals.Busy: 423,
    refusals.BadChecksum: CHECKSUM_MISMATCH,
    refusals.Unknown: 404,
    refusals.Expired: 410,
}
"""Statuses that the protocol gives, and HTTP's where it gives none."""

_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")


class BadRequest(Exception):
    """A request that is not of the protocol; str() says why, `status` is its answer."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        self.status = status
        super().__init__(sentence)


def method_of(request: HttpRequest) -> str:
    """The method, or the one that stands for it where a client cannot send PATCH or DELETE."""
    method = request.method or ""
    return request.headers.get("X-HTTP-Method-Override", method) if method == "POST" else method


def require_version(request: HttpRequest) -> None:
    """Raises BadRequest with 412."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise BadRequest(WRONG_VERSION, 412)


def announced(request: HttpRequest) -> Announced:
    """The file that a creation announces. Raises BadRequest.

    Metadata: `relativePath` (or `filename`), and if they are known `lastModified` in milliseconds since 1970 and
    `sha256` in hex.
    """
    if "Upload-Defer-Length" in request.headers:
        raise BadRequest(DEFERRED)
    values = _metadata(request.headers.get("Upload-Metadata", ""))
    path = values.get("relativePath") or values.get("filename") or ""
    modified, digest = values.get("lastModified", ""), values.get("sha256", "")
    if not path or (modified and not _NUMBER.fullmatch(modified)):
        raise BadRequest(BAD_METADATA)
    if digest and not _SHA256.fullmatch(digest):
        raise BadRequest(BAD_METADATA)
    return Announced(
        path=path,
        size=_number(request, "Upload-Length", BAD_LENGTH),
        modified_ms=int(modified) if modified else None,
        sha256=digest.lower(),
    )


def _metadata(text: str) -> dict[str, str]:
    values = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            values[key] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadRequest(BAD_METADATA) from error
    return values


def brings_bytes(request: HttpRequest) -> bool:
    """Whether a creation has the first bytes of its file with it."""
    return request.content_type == CHUNK_TYPE


def offset(request: HttpRequest) -> int:
    """Raises BadRequest."""
    if request.content_type != CHUNK_TYPE:
        raise BadRequest(WRONG_TYPE, 415)
    return _number(request, "Upload-Offset", BAD_OFFSET)


def length(request: HttpRequest) -> int:
    """Bytes that the request brings. Raises BadRequest."""
    text = request.META.get("CONTENT_LENGTH") or ""
    if not _NUMBER.fullmatch(text):
        raise BadRequest(NO_CONTENT_LENGTH, 411)
    return int(text)


def checksum(request: HttpRequest) -> Checksum | None:
    """What the client says of the bytes; None where it says nothing. Raises BadRequest."""
    text = request.headers.get("Upload-Checksum", "")
    if not text:
        return None
    algorithm, _, digest = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadRequest(BAD_CHECKSUM)
    try:
        return Checksum(algorithm, base64.b64decode(digest.strip(), validate=True))
    except binascii.Error as error:
        raise BadRequest(BAD_CHECKSUM) from error


def _number(request: HttpRequest, header: str, problem: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text):
        raise BadRequest(problem)
    return int(text)


def answer(status: int, sentence: str = "", **headers: object) -> HttpResponse:
    """An answer of the protocol; `headers` by their names with underscores."""
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = str(value)
    return response


def abilities() -> HttpResponse:
    """The answer to OPTIONS: what this server can do."""
    return answer(
        204,
        Tus_Version=VERSION,
        Tus_Extension=EXTENSIONS,
        Tus_Max_Size=max(settings.UPLOAD_MAX_BYTES, settings.IMAGE_MAX_BYTES),
        Tus_Checksum_Algorithm=",".join(ALGORITHMS),
    )


def refused(refusal: refusals.IntakeRefused) -> HttpResponse:
    """The answer to what cannot be done; a reason phrase of its own where HTTP has none for the status."""
    status = STATUS_OF[type(refusal)]
    response = answer(status, str(refusal))
    if status == CHECKSUM_MISMATCH:
        response.reason_phrase = "Checksum Mismatch"
    return response


def expiry(at: datetime) -> str:
    """A moment as Upload-Expires has it."""
    return http_date(at.timestamp())
