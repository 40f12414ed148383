"""Networks of others: a catalogue of them, fetched from their hub and converted once into model folders."""

from __future__ import annotations

__all__ = [
    "catalogue",
    "environment",
    "fetching",
    "job",
    "process",
    "torchvision_import",
    "weights",
]
