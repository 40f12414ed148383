"""Pages of cameras: the list with its map, one camera, its clock, merges, and what lies under the map."""

from __future__ import annotations

__all__ = ["drawing", "maps", "urls", "words"]
