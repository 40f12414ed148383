"""Formats of tables: one module each, over the one reading of tables in `reid.importing.tables`."""

from __future__ import annotations

__all__ = [
    "addaxai",
    "camtrapr",
    "generic",
    "thumper_metadata",
    "timelapse",
    "traptagger",
    "wildbook",
    "wildlife_insights",
]
