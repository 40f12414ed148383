"""Pictures of drawn deer whose torsos are known to the pixel: what the mask head learns from that is shipped.

Close-ups, as a detector's box cuts them out, more varied than the herd's own photographs: any coat, rough ground,
animals before and behind, boxes too wide or too narrow. A head that has seen only smooth drawings would take
every rough surface for background.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageFilter

from reid.imaging.crops import CANONICAL_PADDING, Box, cut
from reid.taxonomy import Sex
from thumper.herd import animals, scenes
from thumper.herd.coats import look
from thumper.herd.shapes import SCALE
from thumper.herd.sites import SITES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIZE: Final = (560, 480)  # of the scene around one animal
_LOOKS: Final = 60  # different deer
_ROUGH: Final = 0.7  # share of scenes on rough ground; the rest stand before the herd's own cameras
_COMPANY: Final = 0.35  # share with another animal, before or behind
_NIGHT: Final = 0.25


@dataclass(frozen=True, slots=True)
class TorsoPicture:
    """Picture of an animal (RGB) and where its torso is visible: as large, 0 to 255."""

    picture: Image.Image
    torso: Image.Image


def draw(count: int, seed: int) -> Iterator[TorsoPicture]:
    """`count` pictures; the same ones for the same seed."""
    for number in range(count):
        yield _picture(
            np.random.default_rng([seed, number]), random.Random(f"{seed} torso {number}"), seed
        )


def _picture(noise: np.random.Generator, chance: random.Random, seed: int) -> TorsoPicture:
    is_night = chance.random() < _NIGHT
    ground = _rough(noise, *_SIZE) if chance.random() < _ROUGH else _site(chance)
    scene = Image.fromarray(ground)
    torso = Image.new("L", _SIZE)
    size = chance.uniform(110, 220)
    company = chance.random() < _COMPANY
    is_behind = company and chance.random() < 0.6
    if is_behind:
        _paste_other(scene, torso, noise, chance, seed, size)
    sprite, mask = _sprite(noise, chance, seed, size, is_night=is_night)
    left = (_SIZE[0] - sprite.width) // 2 + chance.randint(-30, 30)
    top = (_SIZE[1] - sprite.height) // 2 + chance.randint(-30, 30)
    scene.paste(sprite, (left, top), sprite)
    torso.paste(mask, (left, top))
    if company and not is_behind:
        _paste_other(scene, torso, noise, chance, seed, size)
    visible = sprite.getchannel("A").point(lambda alpha: 255 * (alpha > 64)).getbbox()
    if visible is None:
        raise ValueError("a deer was drawn too small to be seen")
    box = _loose(visible, (left, top), chance)
    lit = _lit(scene, noise, chance, is_night=is_night)
    return TorsoPicture(
        cut(lit, box, _SIZE, CANONICAL_PADDING), cut(torso, box, _SIZE, CANONICAL_PADDING)
    )


def _sprite(
    noise: np.random.Generator, chance: random.Random, seed: int, size: float, *, is_night: bool
) -> tuple[Image.Image, Image.Image]:
    """A deer of any coat and its torso, turned and foreshortened alike."""
    flank, pose = chance.choice(("left", "right")), chance.choice(tuple(animals.POSES))
    of = look(chance.choice((Sex.BUCK, Sex.DOE, Sex.FAWN)), chance.randrange(_LOOKS), seed)
    drawn = animals.deer(of, flank, pose, night=is_night)
    torso = animals.torso(flank, pose)
    share = size / SCALE
    wide = max(round(drawn.width * share * chance.uniform(0.75, 1.15)), 1)
    high = max(round(drawn.height * share), 1)
    tilt = chance.uniform(-14, 14)
    drawn = drawn.resize((wide, high), Image.Resampling.BOX).rotate(tilt, Image.Resampling.BICUBIC)
    torso = torso.resize((wide, high), Image.Resampling.BOX).rotate(tilt, Image.Resampling.BICUBIC)
    pixels = np.asarray(drawn).astype(np.float32)
    grey = pixels[..., :3].mean(axis=2, keepdims=True)
    pixels[..., :3] += noise.uniform(0.0, 0.9) ** 2 * (grey - pixels[..., :3])
    tone = noise.uniform(0.25, 1.25) * noise.uniform(0.85, 1.15, 3)
    hair = 1 + noise.uniform(0.0, 0.35) * (_field(noise, wide, high, noise.uniform(0.6, 1.4)) - 0.5)
    pixels[..., :3] = (pixels[..., :3] * tone * hair[..., None]).clip(0, 255)
    return Image.fromarray(pixels.astype(np.uint8)), torso


def _paste_other(
    scene: Image.Image,
    torso: Image.Image,
    noise: np.random.Generator,
    chance: random.Random,
    seed: int,
    size: float,
) -> None:
    """Another animal at one side; what it hides of the torso below is gone."""
    other, _ = _sprite(noise, chance, seed, size * chance.uniform(0.6, 1.1), is_night=False)
    side = chance.choice((-1, 1))
    left = (_SIZE[0] - other.width) // 2 + side * round(size * chance.uniform(0.8, 1.6))
    top = (_SIZE[1] - other.height) // 2 + chance.randint(-30, 60)
    scene.paste(other, (left, top), other)
    torso.paste(0, (left, top), other.getchannel("A"))


def _loose(visible: tuple[int, int, int, int], at: tuple[int, int], chance: random.Random) -> Box:
    """A box around what is visible, as a detector draws it: each edge off by up to 6 per cent, some far inside."""
    wide, high = visible[2] - visible[0], visible[3] - visible[1]
    off = [chance.uniform(-0.06, 0.06) for _ in range(4)]
    if chance.random() < 0.15:
        off[chance.randrange(4)] = chance.uniform(0.1, 0.3)
    left, top = at[0] + visible[0] + round(off[0] * wide), at[1] + visible[1] + round(off[1] * high)
    right, bottom = (
        at[0] + visible[2] - round(off[2] * wide),
        at[1] + visible[3] - round(off[3] * high),
    )
    return Box(left, top, right - left, bottom - top)


def _site(chance: random.Random) -> NDArray[np.uint8]:
    """A part of what one of the herd's cameras looks at."""
    picture = scenes.background(chance.choice(SITES), "day")
    left, top = (
        chance.randrange(picture.width - _SIZE[0]),
        chance.randrange(picture.height - _SIZE[1]),
    )
    return np.asarray(picture.crop((left, top, left + _SIZE[0], top + _SIZE[1])))


def _rough(noise: np.random.Generator, wide: int, high: int) -> NDArray[np.uint8]:
    """Ground of two colours mixed by noise of one roughness, and shaded by noise of another."""
    one, other = noise.uniform(20, 230, (2, 3)) * 0.6 + noise.uniform(20, 230, (2, 1)) * 0.4
    share = _field(noise, wide, high, noise.uniform(0.7, 1.6))[..., None]
    shade = 1 + noise.uniform(0.1, 0.8) * (_field(noise, wide, high, noise.uniform(0.4, 1.2)) - 0.5)
    mixed: NDArray[np.uint8] = (
        ((one * share + other * (1 - share)) * shade[..., None]).clip(0, 255).astype(np.uint8)
    )
    return mixed


def _field(noise: np.random.Generator, wide: int, high: int, power: float) -> NDArray[np.float32]:
    """Noise (high, wide) from 0 to 1 whose amplitude falls with the frequency to the -`power`: clouds, gravel, grass."""
    down, across = np.fft.fftfreq(high)[:, None], np.fft.rfftfreq(wide)[None]
    frequency = np.hypot(down * noise.uniform(0.5, 2.0), across)
    frequency[0, 0] = 1.0
    spectrum = np.fft.rfft2(noise.normal(size=(high, wide))) / frequency**power
    spectrum[0, 0] = 0.0
    field = np.fft.irfft2(spectrum, s=(high, wide))
    scaled: NDArray[np.float32] = (0.5 + field / (5 * field.std())).clip(0, 1).astype(np.float32)
    return scaled


def _lit(
    scene: Image.Image, noise: np.random.Generator, chance: random.Random, *, is_night: bool
) -> Image.Image:
    """The scene as it was photographed: grey at night, exposed, in shadow here and there, blurred, with grain."""
    if chance.random() < 0.3:
        scene = scene.filter(ImageFilter.GaussianBlur(chance.uniform(0.5, 1.8)))
    grey = scene.convert("L").convert("RGB") if is_night else scene
    pixels = np.asarray(grey).astype(np.float64)
    shadow = 1 - noise.uniform(0.0, 0.5) * _field(noise, *_SIZE, noise.uniform(1.2, 1.8))
    pixels = pixels * shadow[..., None] * noise.uniform(0.6, 1.3)
    pixels += noise.normal(0, noise.uniform(1, 8), pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
