"""Files that processes of this machine lock, so that one of them does something and the others wait or do something else."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from django.conf import settings


def lock_file(name: str) -> IO[bytes]:
    """The open file of this name, for `fcntl.flock`: the lock is over when it is closed, or its process has ended."""
    folder = Path(settings.THUMPER_HOME) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return (folder / name).open("wb")
