"""Preparation of pictures for networks of others: to the pixel what torchvision makes of them by the steps of a card."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from reid.embedding.preprocessing import prepare
from reid.hub.architectures import import_timm
from reid.networks.model_card import DEFAULT, Fit, Interpolation

import_timm()  # torchvision can be imported after it
from torchvision import transforms  # noqa: E402

SIDE = 56
CARD = replace(DEFAULT, input_height=SIDE, input_width=SIDE)


@pytest.mark.parametrize("interpolation", Interpolation)
@pytest.mark.parametrize("resize_to", [0, SIDE, 63], ids=["squash", "centre", "centre of more"])
def test_it_is_what_torchvision_does(interpolation, resize_to) -> None:
    fit = Fit.CENTRE if resize_to else Fit.SQUASH
    card = replace(CARD, fit=fit, resize_to=resize_to, interpolation=interpolation)
    mode = transforms.InterpolationMode(interpolation.value)
    steps = (
        [transforms.Resize(resize_to, mode), transforms.CenterCrop(SIDE)]
        if resize_to
        else [transforms.Resize((SIDE, SIDE), mode)]
    )
    random = np.random.default_rng(0)
    sizes = [(50, 50), (512, 511), (57, 300), *random.integers(40, 513, (40, 2)).tolist()]
    for height, width in sizes:
        picture = Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))
        theirs = np.asarray(transforms.Compose(steps)(picture))
        assert (prepare(picture, card) == theirs).all(), (height, width)
