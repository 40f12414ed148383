"""Synonyms of the headings under which people's tables have the fields of an import. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "path": (
        "file", "filename", "filepath", "relative path", "image", "image name", "image path", "image file",
        "photo", "photo name", "photograph", "picture", "source file", "media file",
    ),
    "captured_at": (
        "datetime", "timestamp", "datetime original", "capture time", "captured", "date taken", "taken at",
        "photo datetime", "image datetime", "date and time",
    ),
    "date": ("day", "photo date", "image date", "capture date"),
    "time": ("hour", "photo time", "image time", "time of day"),
    "camera": (
        "camera name", "camera id", "station", "station id", "site", "site id", "site name", "location",
        "location name", "placename", "trap",
    ),
    "x": ("bbox x", "box x"),
    "y": ("bbox y", "box y"),
    "width": ("bbox width", "box width", "w", "bbox w"),
    "height": ("bbox height", "box height", "h", "bbox h"),
    "classification": ("class", "species", "label", "category", "common name"),
    "confidence": ("conf", "probability", "detection confidence"),
    "deer": ("deer name", "individual", "individual id", "individual name", "animal id", "animal name"),
    "sighting": ("sighting id",),
    "flank": ("side",),
}  # fmt: skip
"""Headings by field, beside the field's own name; each is told by `table.fold`."""
