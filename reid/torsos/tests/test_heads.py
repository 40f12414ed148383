"""Mask heads of the store: the shipped one, fingerprints, and refusals."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from reid.models import TorsoHead
from reid.networks import runtimes
from reid.networks.model_card import ModelRefused
from reid.networks.runtimes import Runtime, RuntimeChoice
from reid.networks.sentinels import sentinel_crops
from reid.torsos import heads
from reid.torsos.prepare import prepare
from reid.torsos.tests.heads import middle_head, nowhere_head

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.networks.runtimes import Runner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch) -> None:
    monkeypatch.setattr(heads, "_loaded", {})


def test_the_shipped_head_is_small_pinned_and_used_by_a_new_store() -> None:
    assert len(heads.shipped_weights()) < 200_000
    head = heads.active_head()
    assert (head.origin, head.is_active) == (TorsoHead.Origin.SHIPPED, True)
    assert heads.active_head() == head
    assert TorsoHead.objects.count() == 1


def test_a_shipped_head_that_was_tampered_with_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(heads, "SHIPPED_SHA256", "0" * 64)
    with pytest.raises(ModelRefused, match=heads.SHIPPED_FILE):
        heads.active_head()


def test_a_head_is_registered_once_with_its_masks_of_the_sentinels() -> None:
    head = heads.register(middle_head(), TorsoHead.Origin.OWN)
    assert heads.register(middle_head(), TorsoHead.Origin.OWN) == head
    masks = head.sentinels.reshape(4, 36, 36)
    assert (masks[:, 18, 18] > 0.9).all()  # the middle of every picture, whatever it shows
    assert (masks[:, 0, 0] < 0.1).all()


def test_the_fingerprint_covers_all_that_moves_a_torso(monkeypatch) -> None:
    first = heads.fingerprint_of(middle_head())
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert heads.fingerprint_of(nowhere_head()) != first
    for place in (
        "align.SPECIFICATION",
        "prepare.SPECIFICATION",
        "FEATURES",
        "CANONICAL_SPECIFICATION",
    ):
        with monkeypatch.context() as patched:
            patched.setattr(f"reid.torsos.heads.{place}", "done otherwise")
            assert heads.fingerprint_of(middle_head()) != first, place


def test_a_version_that_finds_torsos_otherwise_uses_its_shipped_head(monkeypatch) -> None:
    old = heads.activate(heads.register(middle_head(), TorsoHead.Origin.OWN))
    monkeypatch.setattr("reid.torsos.heads.align.SPECIFICATION", "torso 2")
    head = heads.active_head()
    assert head.origin == TorsoHead.Origin.SHIPPED
    old.refresh_from_db()
    assert not old.is_active
    with pytest.raises(ModelRefused, match="finds torsos differently"):
        heads.masker_of(old)


def test_one_head_is_active_at_a_time() -> None:
    first = heads.activate(heads.register(middle_head(), TorsoHead.Origin.OWN))
    second = heads.activate(heads.register(nowhere_head(), TorsoHead.Origin.OWN))
    assert list(TorsoHead.objects.filter(is_active=True)) == [second]
    assert heads.activate(first, only_instead_of=first) == second
    assert heads.activate(first, only_instead_of=second) == first


def test_a_head_that_drifted_is_refused() -> None:
    head = heads.register(middle_head(), TorsoHead.Origin.OWN)
    head.sentinels = np.clip(head.sentinels + 0.05, 0, 1)
    with pytest.raises(ModelRefused, match=r"off by 0\.05"):
        heads.masker_of(head)


def test_heads_are_found_by_origin_or_the_beginning_of_the_fingerprint() -> None:
    own = heads.register(middle_head(), TorsoHead.Origin.OWN)
    assert heads.find("own") == own
    assert heads.find(own.fingerprint[:8].upper()) == own
    heads.register(nowhere_head(), TorsoHead.Origin.OWN)
    for text, message in (("own", "Several"), ("nothing", "No mask head"), ("", "Several")):
        with pytest.raises(LookupError, match=message):
            heads.find(text)


def test_what_the_shipped_file_is_called_is_in_the_package() -> None:
    assert (Path(heads.__file__).parent / heads.SHIPPED_FILE).is_file()


def test_masks_are_alike_by_both_runtimes_and_the_faster_one_finds_torsos(
    settings, tmp_path, monkeypatch, caplog
) -> None:
    """The shipped head on its sentinels, run once by torch and once by onnxruntime."""
    head = heads.active_head()
    by_torch = heads.load(bytes(head.weights))
    pixels = np.stack([prepare(crop) for crop in sentinel_crops()])

    def take_onnxruntime(one: Runner, other: Runner, pictures: NDArray[np.uint8]) -> RuntimeChoice:
        return replace(measured(one, other, pictures), runtime=Runtime.ONNXRUNTIME)

    measured = runtimes.measure
    monkeypatch.setattr(runtimes, "measure", take_onnxruntime)
    settings.REID_RUNTIME = "auto"
    settings.MODEL_ROOT = tmp_path
    with caplog.at_level("INFO"):
        masker = heads.masker_of(head)
    assert "run by onnxruntime" in caplog.text
    assert len(list((tmp_path / ".onnx").iterdir())) == 1
    np.testing.assert_allclose(
        masker.probability(pixels), by_torch.probability(pixels), atol=1e-5, rtol=0
    )
    # Batches of any size, and a second process finds the file.
    assert masker.probability(pixels[:1]).shape == (1, 36, 36)
    monkeypatch.setattr(heads, "_loaded", {})
    monkeypatch.setattr(runtimes, "write_onnx", None)
    heads.masker_of(head)
