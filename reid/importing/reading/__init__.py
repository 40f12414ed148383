"""Reading: files found and looked into, rows checked and prepared."""

from __future__ import annotations

__all__ = ["files", "labels", "prepare", "words"]
