"""Getting a detector: a catalogue, downloads, their conversion into folders with a card, and the package megadetector as it is."""

from __future__ import annotations

__all__ = ["catalogue", "download", "fetch", "megadetector"]
