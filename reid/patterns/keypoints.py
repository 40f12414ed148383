"""Keypoints of a torso: where its coat has corners and spots, and how it looks there. Pure (numpy, OpenCV).

Upright SIFT (Lowe 2004, doi 10.1023/B:VISI.0000029664.99615.94): the torso crop stands upright already, so that a
keypoint's own direction would only be noise. Descriptors are compared by the Hellinger kernel ("RootSIFT": Arandjelovic
and Zisserman 2012, doi 10.1109/CVPR.2012.6248018) and kept as whole numbers: products of two of them, summed over
128 numbers below 256, stay below 2**24, where float32 is exact. So two machines get the same distances, bit by bit.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST: Final = 400
"""Keypoints of one torso: the strongest ones."""
FEWEST: Final = 20
"""A torso with fewer says nothing: a blurred or plain one."""
LENGTH: Final = 128
"""Numbers of a descriptor."""
UNIT: Final = 512
"""Length of a descriptor as whole numbers; one number is UNIT times the root of its share, at most 255."""

_ENLARGED: Final = 1.5
_CONTRAST_LIMIT, _TILES = 2.0, (4, 4)
_CONTRAST, _EDGE = 0.015, 15.0
_INSIDE, _MARGIN = 110, 13
_WIDER: Final = 1.5
_SMALLEST: Final = 5.0
_HEADER: Final = struct.Struct("<4s32sHI")
_MAGIC: Final = b"TKP1"

SPECIFICATION: Final = (
    f"grey, {_ENLARGED} x cubic, CLAHE {_CONTRAST_LIMIT} {_TILES[0]} x {_TILES[1]}, mask above {_INSIDE} "
    f"eroded {_MARGIN} x {_MARGIN}, SIFT contrast {_CONTRAST} edge {_EDGE}, size from {_SMALLEST}, upright, "
    f"described {_WIDER} x as wide, at most {MOST} by response x root of size, at least {FEWEST}, RootSIFT x {UNIT} as uint8, places float16"
)
"""What `find` does, in words; covered by the fingerprint. Change it with `find`."""
FINGERPRINT: Final = hashlib.sha256(SPECIFICATION.encode()).hexdigest()
"""Name of this way to find keypoints: 64 hex digits. Keypoints with another one are never compared with these."""

DAMAGED = "These are no keypoints, or they are damaged: let them be found again."
OTHER_EXTRACTOR = "These keypoints were found in another way: let them be found again."


class NoKeypoints(ValueError):
    """Bytes from which no keypoints can be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Keypoints of one torso, strongest first.

    Attributes
    ----------
    places : ndarray of float16, shape (n, 2)
        x and y in the upright crop, as fractions of its width and height.
    scales : ndarray of float16, shape (n,)
        Diameters, as fractions of the crop's width.
    descriptors : ndarray of uint8, shape (n, LENGTH)
        RootSIFT; a row's length is UNIT, but for rounding.
    """

    places: NDArray[np.float16]
    scales: NDArray[np.float16]
    descriptors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.descriptors)

    def to_bytes(self) -> bytes:
        """These keypoints as a file: fingerprint, count, check sum, then the three arrays."""
        body = self.places.tobytes() + self.scales.tobytes() + self.descriptors.tobytes()
        return _HEADER.pack(_MAGIC, bytes.fromhex(FINGERPRINT), len(self), zlib.crc32(body)) + body

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The keypoints of such a file. Raises NoKeypoints where it is damaged or of another extractor."""
        if len(content) < _HEADER.size:
            raise NoKeypoints(DAMAGED)
        magic, fingerprint, count, check = _HEADER.unpack_from(content)
        body = content[_HEADER.size :]
        if magic != _MAGIC or len(body) != count * (LENGTH + 6) or zlib.crc32(body) != check:
            raise NoKeypoints(DAMAGED)
        if fingerprint.hex() != FINGERPRINT:
            raise NoKeypoints(OTHER_EXTRACTOR)
        places = np.frombuffer(body, "<f2", 2 * count).reshape(count, 2)
        scales = np.frombuffer(body, "<f2", count, offset=4 * count)
        descriptors = np.frombuffer(body, np.uint8, offset=6 * count).reshape(count, LENGTH)
        return cls(places, scales, descriptors)


def find(crop: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Keypoints:
    """Keypoints on a torso.

    Parameters
    ----------
    crop : ndarray of uint8, shape (height, width, 3)
        The upright torso crop, RGB.
    mask : ndarray of uint8, shape (height, width)
        How surely each pixel is of the torso, 0 to 255.

    Returns
    -------
    Keypoints
        At most MOST, the strongest ones; none where the torso is plain.

    Raises
    ------
    ValueError
        Where crop and mask differ in size.
    """
    if crop.shape[:2] != mask.shape:
        raise ValueError("crop and mask must be of one size")
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    grey = cv2.createCLAHE(_CONTRAST_LIMIT, _TILES).apply(grey)
    height, width = grey.shape
    sure = (cv2.resize(mask, (width, height)) > _INSIDE).astype(np.uint8)
    # A keypoint near the outline would describe what lies behind the animal.
    inside = cv2.erode(sure, np.ones((_MARGIN, _MARGIN), np.uint8))
    sift = cv2.SIFT.create(contrastThreshold=_CONTRAST, edgeThreshold=_EDGE)
    chosen = _strongest(sift.detect(grey, inside))
    if not chosen:
        return _keypoints([], np.empty((0, LENGTH), np.float32), width, height)
    for point in chosen:
        point.angle = 0.0
        # One stripe looks like the next: what lies around it tells them apart.
        point.size *= _WIDER
    # OpenCV may drop keypoints here: those that it gives back belong to the descriptors.
    described, descriptors = sift.compute(grey, chosen)
    return _keypoints(described, np.asarray(descriptors, np.float32), width, height)


def _strongest(points: Sequence[cv2.KeyPoint]) -> list[cv2.KeyPoint]:
    """The strongest ones, one a place: SIFT gives a place once for each direction it sees there."""
    one_a_place: dict[tuple[int, int, float], cv2.KeyPoint] = {}
    for point in points:
        if point.size >= _SMALLEST:
            x, y = point.pt
            one_a_place.setdefault((round(x), round(y), round(point.size, 1)), point)
    # The place breaks ties, so that the order does not hang on the order of detection.
    ordered = sorted(
        one_a_place.values(), key=lambda point: (-point.response * point.size**0.5, point.pt)
    )
    return ordered[:MOST]


def _keypoints(
    points: Sequence[cv2.KeyPoint], descriptors: NDArray[np.float32], width: int, height: int
) -> Keypoints:
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
    places = np.array([point.pt for point in points], np.float64).reshape(-1, 2)
    sizes = np.array([point.size for point in points], np.float64) / _WIDER
    return Keypoints(
        places=(places / (width, height)).astype(np.float16),
        scales=(sizes / width).astype(np.float16),
        descriptors=np.minimum(np.rint(UNIT * np.sqrt(shares)), 255).astype(np.uint8),
    )
