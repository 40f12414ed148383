"""Spaces: what moves an embedding makes another space, and what drifted is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from django.conf import settings

from reid.embedding import spaces
from reid.models import EmbeddingSpace
from reid.networks.model_card import (
    DEFAULT,
    TAMPERED_WEIGHTS,
    Crop,
    Fit,
    Interpolation,
    ModelCard,
    ModelRefused,
    Pooling,
)
from reid.tests import make, tiny_models

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def model_root(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(spaces, "_loaded", {})
    settings.MODEL_ROOT = tmp_path
    return tmp_path


def tiny(name: str = "tiny", module=None) -> EmbeddingSpace:
    weights = tiny_models.torchscript(module or tiny_models.Colours())
    return spaces.register(tiny_models.folder(settings.MODEL_ROOT, name, weights))


def test_a_fingerprint_covers_all_that_moves_an_embedding() -> None:
    centre = np.ones(1280, np.float32)
    replace = dataclasses.replace
    torso = replace(DEFAULT, crop=Crop.TORSO, torso_head="0" * 64)
    different = {
        spaces.fingerprint_of(DEFAULT, "float32"),
        spaces.fingerprint_of(DEFAULT, "float16"),
        spaces.fingerprint_of(DEFAULT, "float32", centre),
        spaces.fingerprint_of(replace(DEFAULT, sha256="0" * 64), "float32"),
        spaces.fingerprint_of(replace(DEFAULT, input_height=224, input_width=224), "float32"),
        spaces.fingerprint_of(replace(DEFAULT, input_width=480), "float32"),
        spaces.fingerprint_of(torso, "float32"),
        spaces.fingerprint_of(replace(torso, torso_head="1" * 64), "float32"),
        spaces.fingerprint_of(replace(torso, dimming=0.5), "float32"),
        spaces.fingerprint_of(replace(DEFAULT, mean=(0.0, 0.0, 0.0)), "float32"),
        spaces.fingerprint_of(replace(DEFAULT, pooling=Pooling.AVERAGE), "float32"),
        spaces.fingerprint_of(replace(DEFAULT, interpolation=Interpolation.BILINEAR), "float32"),
        spaces.fingerprint_of(replace(DEFAULT, fit=Fit.CENTRE, resize_to=320), "float32"),
        spaces.fingerprint_of(replace(DEFAULT, fit=Fit.CENTRE, resize_to=365), "float32"),
    }
    assert len(different) == 14
    renamed = replace(DEFAULT, name="other name", licence="other")
    assert spaces.fingerprint_of(renamed, "float32") in different


def test_the_default_space_is_still_that_of_the_first_release() -> None:
    """Cards that can speak of torsos change no fingerprint of those that do not."""
    assert spaces.fingerprint_of(DEFAULT, "float32") == (
        "6baac960dfd860030f7a8fdc22c271aa1863ba48c311491ce4d271eb771d93af"
    )


def test_the_specification_of_crops_is_part_of_it(monkeypatch) -> None:
    before = spaces.fingerprint_of(DEFAULT, "float32")
    monkeypatch.setattr(spaces, "CANONICAL_SPECIFICATION", "other crops")
    assert spaces.fingerprint_of(DEFAULT, "float32") != before


def test_a_model_is_registered_once() -> None:
    space = tiny()
    assert (space.dimension, space.is_active) == (12, False)
    assert space.specification["model"]["sha256"] in str(space.specification)
    assert spaces.register(ModelCard.from_json(space.specification["model"])) == space


def test_bfloat16_is_a_space_of_its_own_where_the_processor_has_it(model_root, monkeypatch) -> None:
    weights = tiny_models.torchscript(tiny_models.Colours())
    card = tiny_models.folder(model_root, "tiny", weights)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": False})
    with pytest.raises(ModelRefused) as refusal:
        spaces.register(card, precision="bfloat16")
    assert str(refusal.value) == spaces.NO_BFLOAT16
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    half, full = spaces.register(card, precision="bfloat16"), spaces.register(card)
    assert half.fingerprint != full.fingerprint


def test_a_model_that_answers_the_same_for_everything_is_refused() -> None:
    with pytest.raises(ModelRefused) as refusal:
        tiny("flat", tiny_models.Constant())
    assert str(refusal.value) == spaces.CONSTANT_MODEL.format("flat")
    assert not EmbeddingSpace.objects.exists()


def test_the_default_space_is_made_on_first_use() -> None:
    space = spaces.active_space()
    assert (space.name, space.is_active) == (DEFAULT.name, True)
    assert spaces.active_space() == space
    assert spaces.embedder_of(space) is spaces.embedder_of(space)


def test_one_space_is_active_at_a_time() -> None:
    first, second = make.space(), make.space(is_active=False)
    assert spaces.activate(second, only_if_none=True) == first
    assert spaces.activate(second).is_active
    first.refresh_from_db()
    assert not first.is_active
    assert spaces.activate(second) == second


def test_weights_are_verified_at_each_load(model_root) -> None:
    space = tiny()
    (model_root / "tiny" / "model.bin").write_bytes(b"other")
    with pytest.raises(ModelRefused) as refusal:
        spaces.embedder_of(space)
    assert str(refusal.value) == TAMPERED_WEIGHTS.format("model.bin")


def test_a_card_edited_after_registration_changes_nothing(model_root) -> None:
    space = tiny()
    card = model_root / "tiny" / "model.json"
    card.write_text(card.read_text().replace("127", "100"))
    assert spaces.sentinel_cosine(space, spaces.load(space)) > 0.999999


def test_a_space_that_embeds_differently_now_may_not_write() -> None:
    space = tiny()
    drifted = space.sentinels.reshape(4, 12).copy()
    drifted[2, 0] += 1.0
    EmbeddingSpace.objects.filter(pk=space.pk).update(sentinels=drifted.ravel())
    space.refresh_from_db()
    with pytest.raises(ModelRefused, match="no longer embeds as it did"):
        spaces.embedder_of(space)


def test_a_space_of_another_preparation_is_refused(monkeypatch) -> None:
    space = tiny()
    monkeypatch.setattr(spaces, "resampling_of", lambda card: "nearest pixel")
    with pytest.raises(ModelRefused) as refusal:
        spaces.load(space)
    assert str(refusal.value) == spaces.CHANGED_PREPARATION.format(space)


def test_spaces_are_found_by_name_and_by_fingerprint() -> None:
    one = make.space(name="one", fingerprint="ab" * 32)
    make.space(name="two", fingerprint="ac" * 32, is_active=False)
    assert spaces.find("one") == spaces.find("ab") == spaces.find("AB") == one
    with pytest.raises(LookupError, match="Several"):
        spaces.find("a")
    with pytest.raises(LookupError, match="No embedding space"):
        spaces.find("three")
    with pytest.raises(LookupError):
        spaces.find("")
