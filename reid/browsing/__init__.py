"""Photographs as people look through them: filtered, in pages by time, and one with all that is known of it."""

from __future__ import annotations

__all__ = ["filters", "history", "marked", "pages", "photograph"]
