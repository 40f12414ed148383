"""Gate: whether an upright torso shows a flank that can be compared with others, and if not, why. Pure cv2.

It judges one photograph by itself; whose flank it is plays no part. The limits were set by looking at photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from reid.imaging.crops import Box
    from reid.torsos.align import AlignedTorso

LEAST_SHAPE: Final = 0.8
LEAST_COVERAGE: Final = 0.04
LEAST_CERTAINTY: Final = 0.64
LEAST_SOLIDITY: Final = 0.78
LARGEST_SECOND: Final = 0.35
LARGEST_OVERLAP: Final = 0.45
LEAST_WIDTH: Final = 96.0
LEAST_HEIGHT: Final = 56.0
LEAST_SHARPNESS: Final = 0.02
LARGEST_INFRARED_SATURATION: Final = 0.03

_SMALL: Final = (
    216,
    144,
)  # half the crop: a torso of the least width is enlarged no more than about twice
_NOISE: Final = 10.0  # of a brightness from 0 to 255, so that an even picture's noise is no edge


class Reason(StrEnum):
    """Why a torso is not compared by its pattern."""

    NO_TORSO = "no_torso"
    TOO_SMALL = "too_small"
    UNCLEAR = "unclear"
    NOT_SIDE = "not_side"
    SEVERAL = "several"
    BLURRED = "blurred"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate measured, and the first reason against the torso; none where it is fit to be compared.

    Attributes
    ----------
    reason : Reason or None
        In the order of `Reason`: what makes the later measures meaningless comes first.
    overlap : float
        Largest share of this box that another detection's box covers, 0 to 1.
    sharpness : float
        Variance of the Laplacian within the torso over the variance of its brightness and of noise.
    saturation : float
        Largest less smallest colour of a pixel, 0 to 1: nine of ten pixels have less. The tint of the whole picture,
        which infrared pictures of some cameras have, does not count.
    is_infrared : bool
        The picture has no colours: the camera used its infrared flash.
    """

    reason: Reason | None
    overlap: float
    sharpness: float
    saturation: float
    is_infrared: bool


def judge(
    picture: NDArray[np.uint8],
    torso: AlignedTorso,
    overlap: float = 0.0,
) -> Judged:
    """Measure a torso, and say whether it can be compared.

    Parameters
    ----------
    picture : NDArray[np.uint8]
        RGB, (height, width, 3): what the torso was cut from.
    torso : AlignedTorso
        What `align` made of it.
    overlap : float
        Largest share of the animal's box that another animal's box covers, 0 to 1.

    Returns
    -------
    Judged
    """
    sharpness, saturation = _sharpness(torso), _saturation(picture)
    tests = (
        (Reason.TOO_SMALL, torso.width < LEAST_WIDTH or torso.height < LEAST_HEIGHT),
        (
            Reason.UNCLEAR,
            torso.certainty < LEAST_CERTAINTY
            or torso.solidity < LEAST_SOLIDITY
            or torso.coverage < LEAST_COVERAGE,
        ),
        (Reason.NOT_SIDE, torso.width < LEAST_SHAPE * torso.height),
        (Reason.SEVERAL, torso.second > LARGEST_SECOND or overlap > LARGEST_OVERLAP),
        (Reason.BLURRED, sharpness < LEAST_SHARPNESS),
    )
    return Judged(
        reason=next((reason for reason, applies in tests if applies), None),
        overlap=overlap,
        sharpness=sharpness,
        saturation=saturation,
        is_infrared=saturation < LARGEST_INFRARED_SATURATION,
    )


def covered(box: Box, others: Iterable[Box]) -> float:
    """Largest share of `box`, 0 to 1, that one of the other boxes covers."""
    shares = [0.0]
    for other in others:
        wide = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
        high = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
        shares.append(max(wide, 0) * max(high, 0) / (box.width * box.height))
    return max(shares)


def _sharpness(torso: AlignedTorso) -> float:
    grey = cv2.resize(
        cv2.cvtColor(torso.crop, cv2.COLOR_RGB2GRAY), _SMALL, interpolation=cv2.INTER_AREA
    ).astype(np.float32)
    inside = cv2.resize(torso.mask, _SMALL, interpolation=cv2.INTER_AREA) > 127
    if not inside.any():
        return 0.0
    edges = cv2.Laplacian(grey, cv2.CV_32F)[inside].var()
    return float(edges / (grey[inside].var() + _NOISE**2))


def _saturation(picture: NDArray[np.uint8]) -> float:
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    means = small.mean(axis=(0, 1))
    red, green, blue = cv2.split(small * (means.mean() / np.maximum(means, 1.0)))
    # Three times as fast as np.ptp over an axis of three.
    largest, smallest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return float(np.percentile(largest - smallest, 90) / 255)
