"""The history of exports: what was asked for and how it ended, remembered when Redis has long forgotten it."""

from __future__ import annotations

__all__ = ["keeping", "standing"]
