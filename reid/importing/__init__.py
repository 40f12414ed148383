"""Import: a file or folder read into rows of the store."""

from __future__ import annotations

__all__ = ["clock_corrections", "deployments", "detections", "preview_lines", "report", "rows"]
