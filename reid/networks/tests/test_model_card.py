"""Model cards: every way in which a model can be wrong before it is loaded has its own clear refusal."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from reid.networks.model_card import (
    BAD_CARD,
    DEFAULT,
    MISSING_CARD,
    MISSING_FOLDER,
    MISSING_WEIGHTS,
    TAMPERED_WEIGHTS,
    Crop,
    Fit,
    Interpolation,
    ModelCard,
    ModelRefused,
    read_folder,
    read_weights,
)
from reid.tests import tiny_models


def refusal(action) -> str:
    with pytest.raises(ModelRefused) as error:
        action()
    return str(error.value)


def test_a_folder_reads_back_and_its_weights_are_verified(tmp_path) -> None:
    card = tiny_models.folder(tmp_path, "tiny", b"weights")
    assert (card.folder, card.name, card.dimension) == ("tiny", "tiny", 12)
    assert read_weights(card, tmp_path) == b"weights"
    assert ModelCard.from_json(card.to_json()) == card
    json.dumps(card.to_json())


def test_the_default_weights_are_installed_and_pinned() -> None:
    assert len(read_weights(DEFAULT, Path())) > 10_000_000


def test_tampered_weights_are_refused(tmp_path) -> None:
    card = tiny_models.folder(tmp_path, "tiny", b"weights")
    (tmp_path / "tiny" / "model.bin").write_bytes(b"Weights")
    assert refusal(lambda: read_weights(card, tmp_path)) == TAMPERED_WEIGHTS.format("model.bin")


def test_missing_weights_are_refused(tmp_path) -> None:
    card = tiny_models.folder(tmp_path, "tiny", b"weights")
    (tmp_path / "tiny" / "model.bin").unlink()
    assert refusal(lambda: read_weights(card, tmp_path)) == MISSING_WEIGHTS.format("model.bin")


@pytest.mark.parametrize("name", ["nowhere", "../outside", "."])
def test_only_folders_of_the_model_root_are_read(tmp_path, name) -> None:
    (tmp_path / "outside").mkdir()
    root = tmp_path / "models"
    root.mkdir()
    assert refusal(lambda: read_folder(root, name)) == MISSING_FOLDER.format(name)


def test_a_folder_needs_its_card(tmp_path) -> None:
    (tmp_path / "tiny").mkdir()
    path = tmp_path / "tiny" / "model.json"
    assert refusal(lambda: read_folder(tmp_path, "tiny")) == MISSING_CARD.format(path)


OF_TORSOS = (
    "torso_head must be 64 hexadecimal digits where crop is torso, and dimming is only for torsos"
)


def test_a_card_of_torsos_says_how_they_are_found_and_shown(tmp_path) -> None:
    card = tiny_models.folder(
        tmp_path,
        "tiny",
        b"weights",
        crop="torso",
        torso_head="AB" * 32,
        dimming=0.25,
        input_height=64,
        input_width=96,
        input_size=None,
    )
    assert (card.crop, card.torso_head, card.dimming) == (Crop.TORSO, "ab" * 32, 0.25)
    assert card.shape == (64, 96)
    assert ModelCard.from_json(card.to_json()) == card


def test_a_square_is_said_by_one_number_as_before(tmp_path) -> None:
    card = tiny_models.folder(tmp_path, "tiny", b"weights")
    assert (card.shape, card.crop) == ((32, 32), Crop.BOX)
    assert ModelCard.from_json(card.to_json()) == card


def test_a_card_says_how_crops_are_fitted(tmp_path) -> None:
    fields = {"fit": "centre", "resize_to": 36, "interpolation": "bilinear"}
    card = tiny_models.folder(tmp_path, "tiny", b"weights", **fields)
    assert (card.fit, card.resize_to, card.interpolation) == (Fit.CENTRE, 36, "bilinear")
    assert ModelCard.from_json(card.to_json()) == card


def test_torsos_are_not_fitted_otherwise() -> None:
    torso = dataclasses.replace(DEFAULT, crop=Crop.TORSO, torso_head="0" * 64)
    with pytest.raises(ValueError, match="torsos are squashed"):
        dataclasses.replace(torso, interpolation=Interpolation.BILINEAR)


RESIZE_TO = (
    "resize_to must be at least the input's sides where fit is centre, and 0 where it is squash"
)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("fit", "centre", RESIZE_TO),
        ("resize_to", 64, RESIZE_TO),
        ("fit", "letterbox", "'letterbox' is not a valid Fit"),
        ("interpolation", "nearest", "'nearest' is not a valid Interpolation"),
        ("weights", "../model.bin", "weights must be a plain file name"),
        ("weights", "", "weights must be a plain file name"),
        ("sha256", "abc", "sha256 must be 64 hexadecimal digits"),
        ("input_size", 8, "input_size (or input_height and input_width) must be from 32 to 2048"),
        ("dimming", 1.5, "dimming must be from 0 to 1"),
        ("dimming", 0.5, OF_TORSOS),
        ("torso_head", "0" * 64, OF_TORSOS),
        ("crop", "torso", OF_TORSOS),
        ("crop", "head", "'head' is not a valid Crop"),
        ("dimension", 1, "dimension must be from 2 to 65536"),
        ("std", [0.229, 0.224, 0.225], "mean and std must be of pixels from 0 to 255"),
        ("mean", [1, 2], "mean and std must be three numbers each"),
        ("mean", [1, 2, float("nan")], "mean and std must be three numbers each"),
        ("licence", "", "name, version and licence are needed"),
        ("format", "pickle", "'pickle' is not a valid WeightsFormat"),
        ("format", "built-in", "format must be torch.export or torchscript"),
        ("mean", 127, "'int' object is not iterable"),
    ],
)
def test_a_wrong_card_is_refused_with_its_reason(tmp_path, field, value, reason) -> None:
    path = tmp_path / "tiny" / "model.json"
    message = refusal(lambda: tiny_models.folder(tmp_path, "tiny", b"weights", **{field: value}))
    assert message == BAD_CARD.format(path, reason)


def test_a_card_that_lacks_a_field_or_is_no_json(tmp_path) -> None:
    tiny_models.folder(tmp_path, "tiny", b"weights")
    path = tmp_path / "tiny" / "model.json"
    data = json.loads(path.read_text())
    del data["licence"]
    path.write_text(json.dumps(data))
    assert refusal(lambda: read_folder(tmp_path, "tiny")) == BAD_CARD.format(
        path, "licence is missing"
    )
    path.write_text("{")
    assert refusal(lambda: read_folder(tmp_path, "tiny")).startswith(f"{path} cannot be used")


def test_the_card_is_what_the_weights_are() -> None:
    assert isinstance(DEFAULT, ModelCard)
    other = dataclasses.replace(DEFAULT, sha256="0" * 64)
    with pytest.raises(ModelRefused, match="sha256"):
        read_weights(other, Path())
