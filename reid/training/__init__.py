"""Training: how a network is fitted to the deer of a store."""

from __future__ import annotations

__all__ = ["folds", "material", "methods", "recipe"]
