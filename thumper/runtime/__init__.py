"""Processes: the embedded Valkey, workers, and the jobs they may run."""

from __future__ import annotations

__all__ = ["queues", "registered_jobs", "secret_files", "system_zone", "valkey", "workers"]
