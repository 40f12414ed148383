"""Watched folders: what is new in them and has stopped growing comes in by itself."""

from __future__ import annotations

__all__ = ["rounds", "standing"]
