"""Cards of classifiers: read as they are written, refused in one sentence."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from reid.detecting.card_parts import Normalisation, Runtime
from reid.detecting.cards import DetectorClass, Fit, InputShape
from reid.detecting.species.cards import (
    CLASSIFIER_FILE,
    CropRule,
    folders,
    read_folder,
)
from reid.detecting.species.rollup import Activation
from reid.networks.model_card import ModelRefused
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = b"numbers"
CARD = {
    "name": "ranch-deer",
    "version": "1",
    "licence": "MIT",
    "source": "https://example.org/ranch-deer",
    "weights": "weights.onnx",
    "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
    "runtime": "onnx",
    "input": {"width": 224, "height": 192, "fit": "stretch"},
    "crop": {"margin": 0.1, "square": True},
    "normalisation": {"scale": 255, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
    "activation": "softmax",
    "classes": [
        {"name": "stag", "classification": "buck"},
        {"name": "blank", "classification": None},
    ],
    "threshold": 0.65,
}


def write(root: Path, **changed: Any) -> None:
    place = root / "ranch"
    place.mkdir(exist_ok=True)
    (place / "weights.onnx").write_bytes(WEIGHTS)
    card = {name: value for name, value in (CARD | changed).items() if value is not ...}
    (place / CLASSIFIER_FILE).write_text(json.dumps(card))


def test_a_card_says_what_the_network_is_shown_and_what_its_classes_are_here(
    tmp_path: Path,
) -> None:
    write(tmp_path)
    card = read_folder(tmp_path, "ranch")
    assert card.words == "ranch-deer 1"
    assert card.runtime is Runtime.ONNX
    assert card.input == InputShape(224, 192, Fit.STRETCH)
    assert card.crop == CropRule(0.1, square=True)
    assert card.normalisation == Normalisation(255, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    assert card.activation is Activation.SOFTMAX
    assert card.classes == (
        DetectorClass("stag", Classification.BUCK),
        DetectorClass("blank", None),
    )
    assert card.read_weights(tmp_path) == WEIGHTS
    assert folders(tmp_path) == ["ranch"]


def test_the_fingerprint_is_of_what_moves_an_answer(tmp_path: Path) -> None:
    write(tmp_path)
    before = read_folder(tmp_path, "ranch").fingerprint
    write(tmp_path, licence="Apache-2.0", source="https://example.org/mirror")
    assert read_folder(tmp_path, "ranch").fingerprint == before
    write(tmp_path, threshold=0.7)
    assert read_folder(tmp_path, "ranch").fingerprint != before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"activation": ...}, "activation is missing"),
        ({"activation": "tanh"}, "activation 'tanh' is not known: use one of softmax, sigmoid"),
        ({"licence": " "}, "name, version, licence and source are needed"),
        ({"crop": {"margin": 1.5}}, "crop margin must be from 0 to 1"),
        ({"crop": {"square": 1}}, "crop square must be true or false"),
        ({"crop": {"padding": 0}}, "crop has padding, which is not known: use margin, square"),
        ({"threshold": 0}, "threshold must be above 0 and at most 1"),
        ({"classes": CARD["classes"][:1]}, "classes must be two or more"),  # type: ignore[index]
        ({"layout": "yolov8"}, "classifier.json has layout, which is not known"),
        ({"sha256": "12"}, "sha256 must be 64 hexadecimal digits"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused(
    tmp_path: Path, changed: dict[str, Any], sentence: str
) -> None:
    write(tmp_path, **changed)
    with pytest.raises(ModelRefused) as refused:
        read_folder(tmp_path, "ranch")
    assert sentence in str(refused.value)


def test_weights_that_were_swapped_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "ranch" / "weights.onnx").write_bytes(b"others")
    with pytest.raises(ModelRefused, match="sha256 differs"):
        read_folder(tmp_path, "ranch").read_weights(tmp_path)
