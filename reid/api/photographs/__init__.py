"""Acts on photographs over HTTP: boxes drawn, moved and deleted, notes, tags and favourites, one deer for many sightings."""

from __future__ import annotations

__all__ = ["views"]
