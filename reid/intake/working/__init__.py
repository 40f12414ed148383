"""Work of the queue `imports`: requests looked at and imported, searched and identified by runs; imports undone, uploads swept."""

from __future__ import annotations

__all__ = ["removal", "undos", "waiting", "work"]
