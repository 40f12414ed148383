"""Commands of exports: Django finds them by their file names, nothing imports them."""

from __future__ import annotations

__all__ = []
