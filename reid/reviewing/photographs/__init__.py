"""Reviews of photographs: boxes that people draw, move and delete, notes, tags and favourites, other cameras, and many at once."""

from __future__ import annotations

__all__ = ["annotating", "boxes", "cameras", "changes", "derived", "naming", "restoring"]
