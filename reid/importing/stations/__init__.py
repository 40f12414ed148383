"""Stations: tables of where cameras stood, when they ran and when they did not, read and written."""

from __future__ import annotations

__all__ = ["layouts", "places", "rows", "tables", "writer"]
