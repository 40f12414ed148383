"""PostgreSQL that restarts or is away: a pool that notices, and errors that are classified."""

from __future__ import annotations

__all__ = ["base", "outage"]
