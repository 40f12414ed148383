"""Turns at the sample herd: while it is being made it is not removed, and the pages say that it is coming."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

BEING_MADE: Final = (
    "The sample herd is still being made. Wait until its deer are on this page, then remove it."
)


class StillBeingMade(Exception):
    """A herd that is in another's hands just now; the text says what to do."""


@contextmanager
def making() -> Iterator[None]:
    """While one process of this machine makes the herd. Others that want the same wait; the system ends it with the process."""
    with _opened() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def removing() -> Iterator[None]:
    """While the herd is removed. Raises StillBeingMade."""
    with _opened() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StillBeingMade(BEING_MADE) from error
        yield


def is_being_made() -> bool:
    """Whether a process of this machine makes the herd, or removes it, just now."""
    with _opened() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _opened() -> IO[bytes]:
    folder = Path(settings.THUMPER_HOME) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return (folder / "sample-herd").open("wb")
