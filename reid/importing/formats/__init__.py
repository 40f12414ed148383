"""Formats that can be imported: one module each, and the registry that recognises them."""

from __future__ import annotations

__all__ = ["base", "folders", "registry"]
