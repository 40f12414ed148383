"""Devices: what is there is chosen, what is not is refused in a sentence."""

from __future__ import annotations

import pytest

from reid.networks.devices import UNKNOWN_DEVICE, choose_device
from reid.networks.model_card import ModelRefused


def test_auto_finds_a_device_and_unknown_ones_are_refused() -> None:
    assert choose_device("auto").type in ("cuda", "mps", "cpu")
    with pytest.raises(ModelRefused) as refusal:
        choose_device("abacus")
    assert str(refusal.value) == UNKNOWN_DEVICE.format("abacus")
