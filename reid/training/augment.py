"""Augmentation: photographs as a trail camera might have taken them, made anew for each step.

Everything is drawn from one seeded generator on the CPU, so that a run repeats to the last bit. Geometry
(zoom, shift, rotation, stretch, shear) is one affine resampling; then the background is dimmed; then light,
colour, infrared (grey), blur of focus and of motion, sensor noise, and a patch that a branch might hide.
Nothing is mirrored here: a mirrored animal is another animal, and `reid.training.finetune` labels it so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from reid.embedding.preprocessing import GREY

if TYPE_CHECKING:
    from reid.training.recipe import Recipe

_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow turns colour into grey
_GREY: Final = 0.15
_BLUR: Final = 0.15
_NOISE: Final = 0.25
_ERASE: Final = 0.3
_KERNEL: Final = 9  # pixels; the longest motion blur


def augment(pixels: torch.Tensor, recipe: Recipe, generator: torch.Generator) -> torch.Tensor:
    """Torsos and masks (n, 4, h, w), 0 to 255, float -> pictures (n, 3, *recipe.shape), 0 to 255, each in its own way."""
    x = _move(pixels, recipe.shape, generator)
    kept = _between(len(x), 0, recipe.most_dimming, generator).view(-1, 1, 1, 1)
    x = _light(dimmed(x, kept), generator)
    x = _blur(x, generator)
    x = _noise(x, generator)
    return _erase(x, generator).clamp_(0, 255)


def dimmed(x: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """Pictures (n, 3, h, w) of torsos and masks (n, 4, h, w), 0 to 255: off the mask so much of the contrast is kept."""
    weight = kept + (1 - kept) * x[:, 3:] / 255
    return GREY + (x[:, :3] - GREY) * weight


def _between(n: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(n, generator=generator)


def _chosen(n: int, share: float, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(n, generator=generator) < share


def _move(pixels: torch.Tensor, shape: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
    """A box of 80 to 108 % of each side, turned by up to 10 degrees and sheared; beyond the edge it is reflected.

    A torso is aligned already, but as well as its mask is good; the shear stands for the bend of a body.
    """
    n, channels, height, width = pixels.shape
    angle = _between(n, -10, 10, generator) * (math.pi / 180)
    zoom = _between(n, 0.80, 1.08, generator)
    stretch = torch.exp(_between(n, -0.15, 0.15, generator))
    room = (1 - zoom).clamp(min=0.06)
    shift_x, shift_y = (room * _between(n, -1, 1, generator) for _ in range(2))
    shear = _between(n, -0.12, 0.12, generator)
    cos, sin = torch.cos(angle), torch.sin(angle)
    wide, high = zoom * stretch.clamp(max=1), zoom / stretch.clamp(min=1)
    aspect = (
        height / width
    )  # coordinates run from -1 to 1 along both sides: a turn is one in pixels
    theta = torch.stack(
        (
            torch.stack((wide * cos, high * (shear - sin * aspect), shift_x), 1),
            torch.stack((wide * sin / aspect, high * cos, shift_y), 1),
        ),
        1,
    )
    grid = functional.affine_grid(theta, [n, channels, *shape], align_corners=False)
    return functional.grid_sample(
        pixels, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def _light(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    n = len(x)
    brightness = _between(n, 0.65, 1.35, generator).view(n, 1, 1, 1)
    contrast = _between(n, 0.65, 1.35, generator).view(n, 1, 1, 1)
    saturation = _between(n, 0.4, 1.4, generator).view(n, 1, 1, 1)
    tint = 1 + 0.08 * (2 * torch.rand(n, 3, 1, 1, generator=generator) - 1)
    saturation[_chosen(n, _GREY, generator)] = 0.0  # infrared photographs have no colour
    grey = (x * torch.tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    mean = grey.mean((2, 3), keepdim=True)
    x = grey + saturation * (x - grey) * tint
    return mean + contrast * (x * brightness - mean)


def _blur(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Some images go out of focus, or are smeared along one direction as a moving animal is."""
    for row in torch.nonzero(_chosen(len(x), _BLUR, generator)).flatten().tolist():
        kernel = _kernel(generator).expand(3, 1, -1, -1)
        padded = functional.pad(x[row : row + 1], [_KERNEL // 2] * 4, mode="reflect")
        x[row] = functional.conv2d(padded, kernel, groups=3)[0]
    return x


def _kernel(generator: torch.Generator) -> torch.Tensor:
    """(9, 9), of sum 1: a Gaussian, narrow across and as wide along one direction as it was drawn."""
    offsets = torch.arange(_KERNEL) - _KERNEL // 2
    y, x = torch.meshgrid(offsets, offsets, indexing="ij")
    angle, along, across = torch.rand(3, generator=generator).tolist()
    cos, sin = math.cos(math.pi * angle), math.sin(math.pi * angle)
    wide, narrow = 0.6 + 2.4 * along, 0.5 + 0.7 * across
    squared = ((cos * x + sin * y) / wide) ** 2 + ((cos * y - sin * x) / narrow) ** 2
    kernel = torch.exp(-squared / 2)
    return kernel / kernel.sum()


def _noise(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    strength = _between(len(x), 0, 14, generator) * _chosen(len(x), _NOISE, generator)
    noisy = torch.nonzero(strength).flatten()
    if len(noisy):
        drawn = torch.randn(x[noisy].shape, generator=generator)
        x[noisy] += drawn * strength[noisy].view(-1, 1, 1, 1)
    return x


def _erase(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A rectangle of 10 to 35 % of each side becomes the image's mean colour (Zhong et al. 2020)."""
    height, width = x.shape[2:]
    for row in torch.nonzero(_chosen(len(x), _ERASE, generator)).flatten().tolist():
        high, wide, top, left = torch.rand(4, generator=generator).tolist()
        rows, columns = int(height * (0.1 + 0.25 * high)), int(width * (0.1 + 0.25 * wide))
        y, z = int(top * (height - rows)), int(left * (width - columns))
        x[row, :, y : y + rows, z : z + columns] = x[row].mean((1, 2)).view(3, 1, 1)
    return x
