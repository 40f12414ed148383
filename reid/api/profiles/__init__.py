"""Profiles of deer over HTTP: names looked up, facts and seasons edited, watched deer."""

from __future__ import annotations

__all__ = ["views"]
