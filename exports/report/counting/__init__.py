"""The numbers of a report: days watched, sightings put together, counted, and kept as plain records."""

from __future__ import annotations

__all__ = ["days", "sightings", "summary", "tally"]
