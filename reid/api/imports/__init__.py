"""Imports over HTTP: what was read, what was refused, and undo."""

from __future__ import annotations

__all__ = ["views"]
