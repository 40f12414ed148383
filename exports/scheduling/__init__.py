"""Reports that are sent again and again: when they are due, of which days, and each once."""

from __future__ import annotations

__all__ = ["calendar", "rounds", "schedules"]
