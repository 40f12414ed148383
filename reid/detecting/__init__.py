"""Detection: detectors by their cards, and runs that find animals, people and vehicles on photographs."""

from __future__ import annotations

__all__ = ["cards", "engine", "letterbox", "registry"]
