"""Patterns of coats: keypoints of torsos, a frozen background, and how much two photographs agree beyond chance."""

from __future__ import annotations

__all__ = [
    "background",
    "backgrounds",
    "blocks",
    "card",
    "extract",
    "gallery",
    "keypoints",
    "lnbnn",
    "sentinel",
    "stored",
]
