"""Detection as a run: photographs looked at in their order, and what is found written as an import."""

from __future__ import annotations

__all__ = ["detect"]
