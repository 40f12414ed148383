"""Pages of surveys: all of them, a new one with its effort first, one with its numbers, and two beside each other."""

from __future__ import annotations

__all__ = ["urls"]
