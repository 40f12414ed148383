"""ZIP writer for streams: from beginning to end, with fixed times and rights and a checksum of each entry."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a ZIP can say; every entry bears it, so that the same input gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive."""

    file: str
    size: int
    sha256: str

    def to_json(self) -> dict[str, str | int]:
        return {"file": self.file, "size_bytes": self.size, "sha256": self.sha256}


class ZipStream:
    """What is added is written at once; nothing of it stays in memory."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def add_stored(self, name: str, data: bytes) -> Entry:
        """For pictures: a JPEG does not shrink, so deflating it would only cost time."""
        return self._add(name, data, zipfile.ZIP_STORED)

    def add_deflated(self, name: str, data: bytes) -> Entry:
        return self._add(name, data, zipfile.ZIP_DEFLATED)

    def add_text(self, name: str, parts: Iterable[str]) -> Entry:
        """One deflated UTF-8 file from its parts, of any total length."""
        digest, size = hashlib.sha256(), 0
        info = self._describe(name, zipfile.ZIP_DEFLATED)
        with self._file.open(info, "w", force_zip64=True) as member:
            for part in parts:
                data = part.encode()
                digest.update(data)
                size += member.write(data)
        return Entry(name, size, digest.hexdigest())

    def _add(self, name: str, data: bytes, compression: int) -> Entry:
        self._file.writestr(self._describe(name, compression), data)
        return Entry(name, len(data), hashlib.sha256(data).hexdigest())

    @staticmethod
    def _describe(name: str, compression: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, FIXED_TIME)
        info.compress_type = compression
        info.create_system = 3  # Unix, on every system, for these are Unix rights:
        info.external_attr = 0o644 << 16
        return info
