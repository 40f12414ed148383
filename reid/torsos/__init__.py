"""Torsos of animals: found by a mask head, turned upright, judged, and stored beside the crops."""

from __future__ import annotations

__all__ = [
    "align",
    "features",
    "fit",
    "gate",
    "heads",
    "making",
    "own_head",
    "prepare",
    "stored",
]
