"""Preprocessing: a canonical crop or an aligned torso to a network's input, specified to the pixel. Pure.

A network judges pixels, not photographs: another resampler or another order of operations moves every
embedding (measured: cosine .95 to .995 to itself). So this specification is part of a space's
fingerprint, and there is no second way in the project to prepare a crop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from reid.networks.model_card import Crop, Fit, Interpolation
from reid.networks.sentinels import sentinel_crops
from reid.torsos.align import HEIGHT, WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.networks.model_card import ModelCard


RESAMPLING: Final = "squash, bicubic with antialiasing, RGB, 8 bit"
"""What `prepare` does with a canonical crop, in words; covered by every fingerprint. Change it with `prepare`."""
CENTRE_RESAMPLING: Final = (
    "shorter side to {resize_to}, longer one in proportion, rounded down, {interpolation} with antialiasing; "
    "then the middle cut out; RGB, 8 bit"
)
"""The same for cards that fit by the centre."""
TORSO_RESAMPLING: Final = (
    "aligned torso 432 x 288 with its mask, or the canonical crop squashed to that with a full mask; both bicubic "
    "with antialiasing, RGB, 8 bit; off the mask dimmed towards 127"
)
"""What `prepare` does with a view, in words; covered by the fingerprints of spaces on torsos."""
GREY: Final = 127
"""What is dimmed tends to this."""


def as_view(picture: Image.Image | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A view (288, 432, 4): RGB of a torso, and its mask.

    A canonical crop is squashed, with a full mask: it stands for a torso that there is not.
    """
    if not isinstance(picture, Image.Image):
        return picture
    rgb = _resized(_as_rgb(picture), HEIGHT, WIDTH)
    return np.concatenate((rgb, np.full((HEIGHT, WIDTH, 1), 255, np.uint8)), axis=2)


def torso_view(crop: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An aligned torso (288, 432, 3) and its mask (288, 432) as a view (288, 432, 4)."""
    return np.concatenate((crop, mask[..., None]), axis=2)


def resampling_of(card: ModelCard) -> str:
    """What `prepare` does for this card, in words; covered by the fingerprint."""
    if card.crop is Crop.TORSO:
        return TORSO_RESAMPLING
    if card.fit is Fit.CENTRE:
        return CENTRE_RESAMPLING.format(
            resize_to=card.resize_to, interpolation=card.interpolation.value
        )
    return RESAMPLING.replace(Interpolation.BICUBIC.value, card.interpolation.value)


def prepare(picture: Image.Image | NDArray[np.uint8], card: ModelCard) -> NDArray[np.uint8]:
    """What the card's network is shown, as (height, width, 3) RGB pixels, 0 to 255.

    `picture` is the canonical crop; for a network of torsos the view of one, or the canonical crop where there is none.
    Squashing keeps every pixel of the animal; it ranked a little better than letterboxing. Networks that were made by
    others are shown what their own cards say.
    """
    if isinstance(picture, Image.Image) and card.crop is Crop.BOX:
        resampler = _RESAMPLERS[card.interpolation]
        if card.fit is Fit.CENTRE:
            return _centre(_as_rgb(picture), card.shape, card.resize_to, resampler)
        return _resized(_as_rgb(picture), *card.shape, resampler)
    return prepare_torso(as_view(picture), *card.shape, card.dimming)


def sentinels(card: ModelCard) -> NDArray[np.uint8]:
    """The sentinel crops (n, height, width, 3) as the card's network is shown them: as torsos, half in a mask."""
    pictures: list[Image.Image | NDArray[np.uint8]] = [*sentinel_crops()]
    if card.crop is Crop.TORSO:
        ramp = np.arange(WIDTH) * 255 // (WIDTH - 1)
        mask = np.broadcast_to(ramp.astype(np.uint8), (HEIGHT, WIDTH))
        pictures = [torso_view(as_view(crop)[..., :3], mask) for crop in sentinel_crops()]
    return np.stack([prepare(picture, card) for picture in pictures])


def prepare_torso(
    view: NDArray[np.uint8], height: int, width: int, dimming: float
) -> NDArray[np.uint8]:
    """A view (288, 432, 4), a torso's RGB and its mask, 0 to 255, as (height, width, 3) RGB pixels.

    Where the mask is 0, `dimming` of the contrast to GREY is kept; where it is 255, all.
    """
    rgb = _resized(Image.fromarray(view[..., :3]), height, width).astype(np.float32)
    mask = _resized(Image.fromarray(view[..., 3]), height, width).astype(np.float32)
    kept = np.float32(dimming) + np.float32((1 - dimming) / 255) * mask
    pixels: NDArray[np.uint8] = np.rint(GREY + (rgb - GREY) * kept[..., None]).astype(np.uint8)
    return pixels


def _as_rgb(crop: Image.Image) -> Image.Image:
    return crop if crop.mode == "RGB" else crop.convert("RGB")


_RESAMPLERS: Final = {
    Interpolation.BICUBIC: Image.Resampling.BICUBIC,
    Interpolation.BILINEAR: Image.Resampling.BILINEAR,
}


def _resized(
    picture: Image.Image,
    height: int,
    width: int,
    resampler: Image.Resampling = Image.Resampling.BICUBIC,
) -> NDArray[np.uint8]:
    return np.asarray(picture.resize((width, height), resampler), dtype=np.uint8)


def _centre(
    picture: Image.Image, shape: tuple[int, int], resize_to: int, resampler: Image.Resampling
) -> NDArray[np.uint8]:
    """To the pixel what torchvision's Resize(resize_to) and CenterCrop(shape) do, which the cards of others speak of."""
    longer = int(resize_to * max(picture.size) / min(picture.size))
    is_wide = picture.width > picture.height
    height, width = (resize_to, longer) if is_wide else (longer, resize_to)
    top, left = round((height - shape[0]) / 2), round((width - shape[1]) / 2)
    resized = _resized(picture, height, width, resampler)
    return np.ascontiguousarray(resized[top : top + shape[0], left : left + shape[1]])
