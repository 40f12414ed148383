"""Migrations of exports."""

from __future__ import annotations

__all__: list[str] = []
