"""Catalogue: every entry can be built, says its licence, and what of it is not certain."""

from __future__ import annotations

import re

import pytest

from reid.hub.architectures import import_timm
from reid.hub.catalogue import APACHE, MODELS, find
from reid.networks.model_card import Interpolation


def test_the_networks_that_are_promised_are_there() -> None:
    assert list(MODELS) == [
        *("megadescriptor-t-224", "megadescriptor-s-224", "megadescriptor-b-224"),
        *("megadescriptor-l-384", "miewid-v3"),
        *("dinov2-small", "dinov2-base", "dinov3-small", "dinov3-base"),
    ]
    assert all(find(name).name == name for name in MODELS)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_checksums_revisions_and_licences_are_whole(model) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}|", model.sha256)
    assert re.fullmatch(r"[0-9a-f]{40}|main", model.revision)
    assert model.terms
    assert model.is_free == (model.licence == APACHE)
    if not model.sha256:
        assert "no published checksum" in model.unverified


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_timm_knows_each_architecture_and_prepares_pictures_for_dino_as_we_do(model) -> None:
    timm = import_timm()
    assert model.architecture in timm.list_models()
    if model.name.startswith("dino"):
        facts = timm.get_pretrained_cfg(model.repository.partition("/")[2])
        assert facts.input_size == (3, model.side, model.side)
        assert (facts.mean, facts.std) == (model.mean, model.std)
        assert (facts.interpolation, facts.crop_pct) == (Interpolation.BICUBIC, 1.0)
        assert model.resize_to == model.side
