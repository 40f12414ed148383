"""Database matters: query plans, table statistics and consistent snapshots, on PostgreSQL and SQLite."""

from __future__ import annotations

__all__ = ["one_column", "query_plans", "snapshot", "statistics"]
