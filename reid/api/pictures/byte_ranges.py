"""Ranges of bytes: the one that a request asks of a file (RFC 9110, section 14), and the part of the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final

from rest_framework import status
from rest_framework.exceptions import APIException

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK: Final = 64 * 1024
RANGE_OUTSIDE: Final = "The file does not have the bytes that were asked for."
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class RangeOutside(APIException):
    """416: no byte of the range exists. `headers` go into the answer."""

    status_code = status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE
    default_code = "out_of_range"
    default_detail = RANGE_OUTSIDE

    def __init__(self, size: int) -> None:
        super().__init__()
        self.headers = {"Content-Range": f"bytes */{size}"}


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
