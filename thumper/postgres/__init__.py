"""PostgreSQL while it restarts or is away: a pool that notices, and errors that are told apart."""

from __future__ import annotations

__all__ = ["base", "outage"]
