"""Objects of a bucket read as files: one request, from its first byte on, and another one where a reader jumps.

The file of django-storages fetches a whole object to a temporary file before its first byte, with two requests more:
for the header of a photograph, or a range of an archive, that is too much.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Protocol

from django.core.files.base import File

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from _typeshed import WriteableBuffer

BUFFER = 256 * 1024
"""Bytes that are read at a time: what Pillow needs of a header is in the first of them."""


class Body(Protocol):
    """The bytes of a response that is still being received."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class Received:
    """Body of an answer, read within a context that says what went wrong: a network may go in the middle of a file."""

    def __init__(self, body: Body, guarded: Callable[[], AbstractContextManager[None]]) -> None:
        self._body, self._guarded = body, guarded

    def read(self, size: int, /) -> bytes:
        with self._guarded():
            return self._body.read(size)

    def close(self) -> None:
        self._body.close()


class ObjectReader(io.RawIOBase):
    """Raw file of one object. `ask` opens it at an offset, and gives the body and the size of the whole object."""

    def __init__(self, ask: Callable[[int], tuple[Body, int]], name: str) -> None:
        super().__init__()
        self.name = name
        self._ask = ask
        self._at = 0
        body, self.size = ask(0)
        self._body: Body | None = body

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        place = max(start + offset, 0)
        if place != self._at:
            self._drop()
            self._at = place
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self.size or not view:
            return 0
        if self._body is None:
            self._body, _ = self._ask(self._at)
        content = self._body.read(len(view))
        view[: len(content)] = content
        self._at += len(content)
        return len(content)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
        self._body = None


class StoredObject(File[bytes]):
    """Django's file of an object: its size is known from the first answer."""

    def __init__(self, raw: ObjectReader) -> None:
        buffered: Any = io.BufferedReader(raw, BUFFER)
        super().__init__(buffered, raw.name)
        self.size = raw.size
