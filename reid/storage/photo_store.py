"""The store of photographs as the rest of the project sees it, whatever is behind it.

Crops, thumbnails, torsos, keypoints and pictures of maps lie there too: workers make them, web servers show them, and
they may be different machines. Names are relative, with slashes. No database: threads use it.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final, Protocol, cast

from django.core.files.storage import default_storage

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable
    from pathlib import Path

    from django.core.files.base import File


class StoreAway(Exception):
    """The store cannot be asked just now, or refuses us: nothing is known of any file. str() says what to do.

    No OSError on purpose: what skips a file that cannot be read must not skip all of them because a network is gone.
    """


class PhotoStore(Protocol):
    """What every back end can do. Everything but `folder` raises StoreAway."""

    @property
    def folder(self) -> Path | None:
        """The folder of this machine in which names are files; None where there is none."""

    def open(self, name: str, mode: str = "rb") -> File[bytes]:
        """The file for reading, with its `size`. Raises FileNotFoundError, OSError."""

    def exists(self, name: str) -> bool:
        """Whether anything has this name."""

    def existing(self, names: Iterable[str]) -> set[str]:
        """Those of the names under which there is a file."""

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """Whether the file of this name has these bytes."""

    def is_place_of(self, name: str, source: Path) -> bool:
        """Whether a file of this machine is the very file of this name, by its path."""

    def is_same_file(self, name: str, source: Path) -> bool:
        """Whether a file of this machine is the very file of this name, also by a hard link."""

    def replace(self, name: str, content: bytes) -> None:
        """Write the file, whole or not at all, in place of what has the name. Raises OSError."""

    def place(self, name: str, source: Path, *, link: bool = False) -> None:
        """Copy or link a file to a name that is free. Raises FileExistsError where it is not, OSError."""

    def move(self, name: str, other: str) -> None:
        """Give a file another name. Raises FileNotFoundError."""

    def delete(self, name: str) -> None:
        """Delete the file, where there is one."""

    def delete_all(self, names: Iterable[str]) -> None:
        """Delete the files of these names, where there are any."""

    def delete_leftovers(self, folder: str, names: re.Pattern[str], oldest: float) -> None:
        """Delete what has such a name in a folder and was given it before `oldest`, in seconds since the epoch."""

    def address(self, name: str, media_type: str) -> str:
        """A signed address at which a browser gets the file for a while; empty: it is served by us."""

    def says(self) -> str:
        """Empty where the store answers and lets us in, else the sentence of StoreAway."""


photo_store: Final = cast("PhotoStore", default_storage)
"""The store that PHOTO_STORAGE names."""


def read_file(name: str) -> bytes:
    """All bytes of a file. Raises FileNotFoundError, OSError, StoreAway."""
    with photo_store.open(name) as file:
        return bytes(file.read())


def opened(name: str) -> IO[bytes]:
    """The file for reading. Raises FileNotFoundError, OSError, StoreAway."""
    return cast("IO[bytes]", photo_store.open(name))
