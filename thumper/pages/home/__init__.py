"""Front page: what came in, what waits, and how identification stands."""

from __future__ import annotations

__all__ = ["in_words", "views"]
