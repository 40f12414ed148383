"""Figures of reports: arrays in, pictures for print or for a page out."""

from __future__ import annotations

__all__ = ["interactive_figures", "print_figures", "threshold_figures"]
