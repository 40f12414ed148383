"""Cameras merged over HTTP: made, listed, undone."""

from __future__ import annotations

__all__ = ["views"]
