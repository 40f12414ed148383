"""Repeats: boxes at one place of a camera's view over days, suspected to show a thing, removed or kept by a person."""

from __future__ import annotations

__all__ = ["answers", "places"]
