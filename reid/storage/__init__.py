"""Storage of photographs and of all that is made of them: a folder, or a bucket of S3, behind one interface."""

from __future__ import annotations

__all__ = ["bucket", "folder", "locks", "photo_store"]
