"""Pages on which photographs come in: a new import, its preview, its progress, all imports, and their undo."""

from __future__ import annotations

__all__ = ["hints", "lists", "urls"]
