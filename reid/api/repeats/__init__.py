"""Repeats over HTTP: places that are boxed again and again, listed and answered."""

from __future__ import annotations

__all__ = ["views"]
