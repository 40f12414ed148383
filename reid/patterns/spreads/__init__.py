"""Spreads: how far the sums of a deer scatter by chance, which they are counted in: measured once, and kept."""

from __future__ import annotations

__all__ = ["kept", "measured"]
