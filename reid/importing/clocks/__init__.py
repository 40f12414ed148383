"""Clocks: times of photographs, whether they can be right, and their corrections."""

from __future__ import annotations

__all__ = ["corrections", "marks", "times"]
