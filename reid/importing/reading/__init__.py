"""Reading: files found and looked into, rows checked and prepared."""

from __future__ import annotations

__all__ = [
    "endings",
    "files",
    "known_files",
    "labels",
    "placing",
    "prepare",
    "readings",
    "refused",
    "spelling",
    "words",
]
