"""Re-identification: the store, comparison with known deer, and the decisions of people."""

from __future__ import annotations

__all__ = ["antlers", "checks", "jobs", "signals", "strata", "taxonomy", "units", "wording"]
