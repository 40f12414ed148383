"""Metrics for Prometheus at `/metrics`: read from the database, Redis and the disks when they are asked for."""

from __future__ import annotations

__all__ = ["views"]
