"""The sample detector as it ships: its weights, its card, and the folder from which it is loaded as any detector is."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from reid.detecting.cards import DETECTOR_FILE
from reid.networks.model_card import TAMPERED_WEIGHTS, ModelRefused
from reid.storage.folder import write_whole

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "sample-herd"
"""Of the detector, and of its folder below MODEL_ROOT."""
SHIPPED_FILE: Final = "sample_detector.onnx"
SHIPPED_SHA256: Final = "6ce1bd2bc56e361132261aa3d64c4a0d213b65e4964578a3760cfbe35ef72ad1"
WIDTH: Final = 288
HEIGHT: Final = 192
"""Input in pixels: the herd's photographs, 0.3 times as large."""
CLASSES: Final = ("animal", "person")

_WEIGHTS: Final = "weights.onnx"


def shipped_weights() -> bytes:
    """The network that comes with the project. Raises ModelRefused where its file is not what it was."""
    try:
        content = (resources.files("thumper.herd.detector") / SHIPPED_FILE).read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != SHIPPED_SHA256:
        raise ModelRefused(TAMPERED_WEIGHTS.format(SHIPPED_FILE))
    return content


def card_of(weights: bytes) -> dict[str, Any]:
    """detector.json of a network that `exporting.as_onnx` wrote."""
    return {
        "name": NAME,
        "version": "1",
        "licence": "MIT",
        "source": "thumper/herd: trained on drawings by manage.py train_sample_detector, for drawings alone",
        "weights": _WEIGHTS,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "runtime": "onnx",
        "input": {"width": WIDTH, "height": HEIGHT, "fit": "letterbox"},
        "normalisation": {"scale": 255.0},
        "layout": "yolov8",
        "suppression": 0.45,
        "classes": [{"name": name, "classification": name} for name in CLASSES],
        "threshold": 0.25,
    }


def write_folder(root: Path) -> Path:
    """Write the shipped detector's folder below `root`, and give its path. Raises ModelRefused."""
    place, weights = root / NAME, shipped_weights()
    # The card last: a folder without one is no detector yet.
    write_whole(place / _WEIGHTS, weights)
    card = json.dumps(card_of(weights), indent=2)
    write_whole(place / DETECTOR_FILE, card.encode("ascii"))
    return place
