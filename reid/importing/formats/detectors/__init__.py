"""Formats of detectors: one module each."""

from __future__ import annotations

__all__ = [
    "coco",
    "cvat",
    "entries",
    "label_studio",
    "megadetector",
    "megadetector_list",
    "outline",
    "pytorch_wildlife",
    "speciesnet",
]
