"""Work of the queue `imports`: requests looked at and imported, imports undone, uploads swept."""

from __future__ import annotations

__all__ = ["removal", "undos", "work"]
