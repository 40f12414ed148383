"""The ZIP archive of crops."""

from __future__ import annotations

__all__ = ["crops_zip", "metadata", "zip_stream"]
