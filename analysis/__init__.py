"""Analysis: what the score log says, which threshold is proven, and how identification is doing."""

from __future__ import annotations

__all__ = ["jobs"]
