"""Reports of analysis: tables, JSON, HTML, figures."""

from __future__ import annotations

__all__ = [
    "changes",
    "html",
    "performance",
    "performance_formats",
    "threshold_formats",
    "threshold_report",
    "threshold_table",
]
