"""Training: networks fitted to the deer of a store."""

from __future__ import annotations

__all__ = ["folds", "material", "methods", "recipe"]
