"""Photographs decoded and timed; crops cut and stored."""

from __future__ import annotations

__all__ = [
    "canonical",
    "capture_time",
    "crops",
    "decoding",
    "derived_files",
    "exif",
    "frame",
    "frames",
    "jpeg_end",
]
