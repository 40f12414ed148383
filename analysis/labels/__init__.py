"""Label hygiene: labels that are likely wrong, deer that are likely one, and what they cost."""

from __future__ import annotations

__all__ = ["cost", "doubts", "questions"]
