"""The life of an export, in Redis and on the disk."""

from __future__ import annotations

__all__ = [
    "admission",
    "errors",
    "estimates",
    "keys",
    "notices",
    "operations",
    "reconciler",
    "records",
    "retention",
    "status",
    "storage",
]
