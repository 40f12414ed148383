"""Pages for a browser: home, review, exports, thresholds, trends, live exports."""

from __future__ import annotations

__all__ = ["home", "live_exports", "thresholds", "trends"]
