"""Devices: what is there is chosen, what is not is refused in a sentence."""

from __future__ import annotations

import pytest
import torch

from reid.networks.devices import UNKNOWN_DEVICE, choose_device, reckons_in
from reid.networks.model_card import ModelRefused


def test_auto_finds_a_device_and_unknown_ones_are_refused() -> None:
    assert choose_device("auto").type in ("cuda", "mps", "cpu")
    with pytest.raises(ModelRefused) as refusal:
        choose_device("abacus")
    assert str(refusal.value) == UNKNOWN_DEVICE.format("abacus")


@pytest.mark.parametrize(
    ("able", "reckons"),
    [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx512_f": True}, False)],
)
def test_bfloat16_needs_a_processor_that_has_it(monkeypatch, able, reckons) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert reckons_in("bfloat16", "cpu") is reckons
    assert reckons_in("float32", "cpu")
