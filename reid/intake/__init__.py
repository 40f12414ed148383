"""Imports in the browser: files that are uploaded, what a person says of them, the preview, and the work itself."""

from __future__ import annotations

__all__ = [
    "answers",
    "figures",
    "folders",
    "names",
    "refusals",
    "requests",
    "sources",
    "stations",
    "storage",
    "uploads",
]
