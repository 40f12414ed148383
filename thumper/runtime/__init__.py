"""Processes: the embedded Valkey, workers, and the jobs they may run."""

from __future__ import annotations

__all__ = [
    "beats",
    "priorities",
    "queues",
    "registered_jobs",
    "rq_clock",
    "secret_files",
    "system_zone",
    "valkey",
    "web_server",
    "workers",
]
