"""Gallery of photographs, and the page of one photograph with its boxes and all that can be done to it."""

from __future__ import annotations

__all__ = ["urls"]
