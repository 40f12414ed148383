"""Formats of packages: several tables and their photographs in one folder or archive."""

from __future__ import annotations

__all__ = ["camtrap_dp", "own_marks"]
