"""Commands of reid, and what every command stands on: base class, acting user, progress bar."""

from __future__ import annotations

__all__ = ["base", "progress", "scorer_arguments", "users"]
