"""Evaluation of trained embeddings: whether one is better, and the life of a training."""

from __future__ import annotations

__all__ = ["calibrating", "formats", "new_threshold", "training_run"]
