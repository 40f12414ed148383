"""Formats of tables: one module each."""

from __future__ import annotations

__all__ = ["generic"]
