"""The report on a survey: its stored estimates read, worded, drawn, and written as files of numbers."""

from __future__ import annotations

__all__ = ["files", "numbers", "sections"]
