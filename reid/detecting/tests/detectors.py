"""Detector folders for tests: a card as a user would write it, beside whatever bytes are its weights."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = [
    {"name": "animal", "classification": "animal"},
    {"name": "person", "classification": "person"},
    {"name": "vehicle", "classification": "vehicle"},
]


def folder(root: Path, name: str, weights: bytes, /, **fields: Any) -> Path:
    """Write a detector's folder below `root`: TorchScript in the layout of YOLOv5, unless `fields` say otherwise."""
    place = root / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "weights.bin").write_bytes(weights)
    card = {
        "name": name,
        "version": "1",
        "licence": "MIT",
        "source": "https://example.org/detector",
        "weights": "weights.bin",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "runtime": "torchscript",
        "input": {"width": 64, "height": 64},
        "normalisation": {"scale": 255.0, "mean": [0, 0, 0], "std": [1, 1, 1]},
        "layout": "yolov5",
        "suppression": 0.45,
        "classes": CLASSES,
        "threshold": 0.2,
    } | fields
    (place / "detector.json").write_text(json.dumps(card))
    return place
