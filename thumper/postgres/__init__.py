"""PostgreSQL that restarts or is away: a pool that notices."""

from __future__ import annotations

__all__ = ["base"]
