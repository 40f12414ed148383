"""Reports of analysis: tables, JSON, HTML, figures."""

from __future__ import annotations

__all__ = [
    "changes",
    "html",
    "label_formats",
    "performance",
    "performance_formats",
    "plot_library",
    "threshold_formats",
    "threshold_report",
    "threshold_table",
]
