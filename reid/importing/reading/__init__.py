"""Reading: files found and looked into, rows checked and prepared."""

from __future__ import annotations

__all__ = [
    "clock_watch",
    "clocks",
    "endings",
    "files",
    "known_files",
    "labels",
    "prepare",
    "times",
    "words",
]
