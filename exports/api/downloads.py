"""Downloads of an export's file over HTTP: whole, or the one range of bytes that was asked for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from exports.api.errors import RangeOutside
from exports.lifecycle.records import MEDIA_TYPES, saved_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exports.lifecycle.records import ExportRecord

CHUNK: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class FileSlice:
    """`length` bytes of an open file from `start`, in chunks; closes the file when the response ends."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file, self._left = file, length
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left and (chunk := self._file.read(min(CHUNK, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._file.close()


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte (both inclusive) of the range that `header` asks of `size` bytes.

    None where there is no single range of bytes to serve, so that the whole file is right. Raises
    RangeOutside where no byte of the range exists.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if not match[1]:
        first, last = max(size - int(match[2]), 0), size - 1
        if match[2].strip("0") == "":
            raise RangeOutside(size)
    else:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < first:
            return None  # not a range at all, says the RFC: ignore it
    if first >= size:
        raise RangeOutside(size)
    return first, last


def file_response(
    record: ExportRecord, file: BinaryIO, requested_range: str, if_range: str
) -> StreamingHttpResponse:
    """The response that streams `file` and closes it. Raises RangeOutside, with the file closed."""
    size = record.file_size_bytes or 0
    etag = f'"{record.sha256}"'
    try:
        span = parse_range(requested_range, size) if if_range in ("", etag) else None
    except RangeOutside:
        file.close()
        raise
    first, last = span or (0, size - 1)
    body = FileSlice(file, first, last - first + 1)
    response = StreamingHttpResponse(
        body, status=206 if span else 200, content_type=MEDIA_TYPES[record.kind]
    )
    response["Content-Length"] = str(last - first + 1)
    if span:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = str(content_disposition_header(True, saved_name(record)))
    return response
