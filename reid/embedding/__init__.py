"""Embedding models, their spaces, and the vectors of detections."""

from __future__ import annotations

__all__ = [
    "efficientnet_lite0",
    "embed",
    "embedder",
    "model_card",
    "preprocessing",
    "scorers",
    "spaces",
    "vectors",
]
