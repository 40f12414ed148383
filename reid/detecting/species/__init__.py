"""Species: classifiers by their cards, which say of the animals in boxes what they are."""

from __future__ import annotations

__all__ = ["classify"]
