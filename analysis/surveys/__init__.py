"""Surveys: what a period's cameras saw, frozen, and how many deer that makes."""

from __future__ import annotations

__all__ = ["collect", "comparison", "for_r", "frozen", "material", "services"]
