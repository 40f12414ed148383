"""Commands of analysis, and the options that they share."""

from __future__ import annotations

__all__ = []
