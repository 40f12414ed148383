"""Cameras changed and merged over HTTP: done, listed, undone."""

from __future__ import annotations

__all__ = ["changes", "lists", "views"]
