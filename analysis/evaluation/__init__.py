"""Evaluation of trained embeddings: whether one is better, and the life of a training."""

from __future__ import annotations

__all__ = [
    "calibrating",
    "document",
    "formats",
    "new_threshold",
    "paired_figures",
    "training_run",
]
