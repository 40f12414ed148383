"""Formats of detectors: one module each."""

from __future__ import annotations

__all__ = ["megadetector"]
