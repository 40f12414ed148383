"""Watched deer: who is told when one is seen, by a notice and by mail."""

from __future__ import annotations

__all__ = ["mail", "news", "watches"]
