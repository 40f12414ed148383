"""Flanks: left or right, guessed from those that are known."""

from __future__ import annotations

__all__ = ["guessing"]
