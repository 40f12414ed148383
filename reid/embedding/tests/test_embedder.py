"""Embedders: the real default model on drawn pictures, and small models of other makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from reid.embedding.embedder import (
    BAD_ROWS,
    UNREADABLE_WEIGHTS,
    Embedder,
)
from reid.embedding.preprocessing import sentinels
from reid.networks.model_card import DEFAULT, ModelRefused, Pooling, read_weights
from reid.networks.sentinels import sentinel_crops
from reid.tests import tiny_models

if TYPE_CHECKING:
    from torch import nn


@pytest.fixture(scope="module")
def default() -> Embedder:
    return Embedder(DEFAULT, read_weights(DEFAULT, Path()), device="cpu")


def pictures(size: int) -> np.ndarray:
    return sentinels(replace(DEFAULT, input_height=size, input_width=size))


def tiny(tmp_path: Path, module: nn.Module, **fields) -> Embedder:
    weights = tiny_models.torchscript(module)
    return Embedder(tiny_models.folder(tmp_path, "tiny", weights, **fields), weights, device="cpu")


def test_the_default_model_answers_unit_rows(default) -> None:
    rows = default.embed(pictures(320))
    assert (rows.shape, rows.dtype) == ((len(sentinel_crops()), 1280), np.float32)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)


def test_the_default_model_sees_what_it_saw_when_it_was_checked(default) -> None:
    """Cosines between the sentinels; with these weights 31 of 41 impala were called impala."""
    rows = default.embed(pictures(320))
    np.testing.assert_allclose((rows @ rows.T)[0, 1:], GOLDEN, atol=2e-3)


GOLDEN = [0.4297, 0.5949, 0.4107]


def test_an_embedding_does_not_depend_on_its_batch(default) -> None:
    images = pictures(320)
    alone = np.concatenate([default.embed(image[None]) for image in images])
    cosines = (alone * default.embed(images)).sum(axis=1)
    assert cosines.min() > 0.999999


def test_the_default_weights_must_be_whole() -> None:
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        Embedder(DEFAULT, b"not a state dict", device="cpu")


@pytest.mark.parametrize(
    ("make", "name"),
    [(tiny_models.torchscript, "torchscript"), (tiny_models.exported, "torch.export")],
)
def test_models_of_both_formats_run(tmp_path, make, name) -> None:
    weights = make(tiny_models.Colours())
    card = tiny_models.folder(tmp_path, "tiny", weights, format=name)
    rows = Embedder(card, weights, device="cpu").embed(np.full((3, 32, 32, 3), 255, np.uint8))
    # every quarter of a white picture is (255 - 127) / 128 + 1 = 2
    np.testing.assert_allclose(rows, np.full((3, 12), 12**-0.5), rtol=1e-6)


@pytest.mark.parametrize(
    ("pooling", "expected"),
    # one channel is 1 on half of the map and 0 on the rest, the two others 0
    [(Pooling.AVERAGE, 1 / 2), (Pooling.GEM, (1 / 2) ** (1 / 3))],
)
def test_pooling(tmp_path, pooling, expected) -> None:
    embedder = tiny(
        tmp_path,
        tiny_models.FeatureMap(),
        pooling=pooling.value,
        dimension=3,
        mean=[0, 0, 0],
        std=[255, 255, 255],
    )
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[0, :16, :, 0] = 255
    np.testing.assert_allclose(embedder.forward(image)[0], [expected, 0, 0], atol=1e-5)


def test_a_centre_is_taken_off(tmp_path) -> None:
    weights = tiny_models.torchscript(tiny_models.Colours())
    card = tiny_models.folder(tmp_path, "tiny", weights)
    plain = Embedder(card, weights, device="cpu").embed(pictures(32))
    centre = plain.mean(axis=0)
    centred = Embedder(card, weights, device="cpu", centre=centre).embed(pictures(32))
    expected = plain - centre
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(centred, expected, atol=1e-6)


def test_half_precision_is_close_and_comes_back_as_float32(tmp_path) -> None:
    weights = tiny_models.torchscript(tiny_models.Colours())
    card = tiny_models.folder(tmp_path, "tiny", weights)
    full = Embedder(card, weights, device="cpu").embed(pictures(32))
    half = Embedder(card, weights, device="cpu", precision="bfloat16").embed(pictures(32))
    assert half.dtype == np.float32
    assert (full * half).sum(axis=1).min() > 0.99
    assert not np.array_equal(full, half)


def test_a_model_that_answers_nan_is_refused(tmp_path) -> None:
    with pytest.raises(ModelRefused, match=BAD_ROWS.split("{}")[1].strip()):
        tiny(tmp_path, tiny_models.NotANumber()).embed(pictures(32))


def test_a_wrong_dimension_is_refused(tmp_path) -> None:
    with pytest.raises(ModelRefused, match="dimension"):
        tiny(tmp_path, tiny_models.Colours(), dimension=11).embed(pictures(32))


def test_an_unpooled_map_is_refused(tmp_path) -> None:
    with pytest.raises(ModelRefused, match="pooling"):
        tiny(tmp_path, tiny_models.FeatureMap(), dimension=3).embed(pictures(32))


@pytest.mark.parametrize("name", ["torchscript", "torch.export"])
def test_weights_that_are_no_model_are_refused(tmp_path, name) -> None:
    card = tiny_models.folder(tmp_path, "tiny", b"junk", format=name)
    with pytest.raises(ModelRefused) as refusal:
        Embedder(card, b"junk", device="cpu")
    assert str(refusal.value) == UNREADABLE_WEIGHTS.format("tiny", name)
