"""Database matters: query plans, table statistics and consistent snapshots, on PostgreSQL and SQLite."""

from __future__ import annotations

__all__ = ["query_plans", "snapshot", "statistics"]
