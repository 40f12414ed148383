"""Exports: PDF reports and ZIP archives, built in background jobs."""

from __future__ import annotations

__all__ = ["counters", "jobs", "preview"]
