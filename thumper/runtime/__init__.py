"""Processes: the embedded Valkey, workers, and the jobs they may run."""

from __future__ import annotations

__all__ = ["queues", "registered_jobs", "system_zone", "valkey", "web_server", "workers"]
