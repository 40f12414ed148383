"""Import: a file or folder read into rows of the store."""

from __future__ import annotations

__all__ = ["deployments", "detections", "finders", "options", "preview_lines", "report", "rows"]
