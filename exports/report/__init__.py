"""The PDF report: collected, summarised, drawn, written."""

from __future__ import annotations

__all__ = ["caveats", "collect", "page", "pdf", "portraits"]
