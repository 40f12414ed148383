"""Database matters: query plans, table statistics, consistent snapshots, outages, full disks and the clock that hosts share, on PostgreSQL and SQLite."""

from __future__ import annotations

__all__ = [
    "disk",
    "one_column",
    "outage",
    "query_plans",
    "quick_redis",
    "shared_clock",
    "snapshot",
    "statistics",
]
