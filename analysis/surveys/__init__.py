"""Surveys: what a period's cameras saw, and how many deer that makes."""

from __future__ import annotations

__all__ = ["collect", "document", "estimates", "material"]
