"""Reviews of photographs: boxes that people draw, move and delete, notes, tags and favourites, and many at once."""

from __future__ import annotations

__all__ = ["annotating", "boxes", "changes", "derived", "naming", "restoring"]
