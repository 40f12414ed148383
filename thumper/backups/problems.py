"""Problem of a backup: one sentence that says what to do; and sizes in words, which such sentences name."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ("KB", "MB", "GB", "TB")


class BackupProblem(RuntimeError):
    """A backup that cannot be made, verified or restored; one sentence that says what to do."""


def size_text(size: int) -> str:
    """Size in words, of decimal units as disks are sold."""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in _UNITS:
        amount /= 1000
        if amount < 1000 or unit == _UNITS[-1]:
            break
    return f"{amount:,.1f} {unit}"
