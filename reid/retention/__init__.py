"""Retention: photographs that are kept no longer than a rule says."""

from __future__ import annotations

__all__ = ["people"]
