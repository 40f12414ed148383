"""Downloads of an export's file over HTTP: whole, or the one range of bytes that was asked for (RFC 9110, section 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from exports.lifecycle.records import MEDIA_TYPES, saved_name
from reid.api.pictures.byte_ranges import FileSlice, RangeOutside, parse_range

if TYPE_CHECKING:
    from exports.lifecycle.records import ExportRecord


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
