"""HTTP API of audits, thresholds and the history."""

from __future__ import annotations

__all__ = ["urls"]
