"""Embedding models, their spaces, and the vectors of detections."""

from __future__ import annotations

__all__ = [
    "embed",
    "embedder",
    "identities",
    "preprocessing",
    "scorers",
    "spaces",
    "vectors",
    "views",
]
