"""Stored torsos: one JPEG a detection, the upright crop above its mask. Whole or not at all; no database.

One picture of both, so that nobody ever reads the crop of one mask head with the mask of another. Its comment names
the head. What the gate turned down lies under another name: for people, who ask why.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from reid.imaging.decoding import ImageProblem
from reid.imaging.derived_files import torso_name
from reid.imaging.frames import read_stored
from reid.storage.photo_store import photo_store
from reid.torsos.align import HEIGHT, WIDTH

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.torsos.align import AlignedTorso

_QUALITY: Final = 92


@dataclass(frozen=True, slots=True, eq=False)
class StoredTorso:
    """Upright torso as it was stored: `crop` (288, 432, 3), RGB, and `mask` (288, 432), both 0 to 255.

    `head` is the fingerprint of the mask head that found it: 64 hexadecimal digits.
    """

    crop: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    head: str


def store_torso(detection: UUID, torso: AlignedTorso, head: str, *, is_aligned: bool) -> None:
    """Keep it in place of what was kept before."""
    both = np.concatenate((torso.crop, cv2.cvtColor(torso.mask, cv2.COLOR_GRAY2RGB)))
    buffer = io.BytesIO()
    Image.fromarray(both).save(
        buffer, "JPEG", quality=_QUALITY, subsampling="4:2:0", comment=head.encode("ascii")
    )
    photo_store.replace(torso_name(detection, is_aligned=is_aligned), buffer.getvalue())
    photo_store.delete(torso_name(detection, is_aligned=not is_aligned))


def stored_torso(detection: UUID, *, is_aligned: bool = True) -> StoredTorso | None:
    """The torso of a detection, or None where there is none that can be read.

    With `is_aligned=False` what the gate turned down.
    """
    try:
        content = read_stored(torso_name(detection, is_aligned=is_aligned))
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            head = bytes(picture.info.get("comment", b"")).decode("ascii", "replace")
            both = np.asarray(picture.convert("RGB"))
    except (ImageProblem, OSError, SyntaxError):
        return None  # not there yet, or damaged: it is made anew
    if both.shape != (2 * HEIGHT, WIDTH, 3):
        return None
    return StoredTorso(crop=both[:HEIGHT], mask=both[HEIGHT:, :, 1], head=head)


def delete_torso(detection: UUID) -> None:
    """Delete what is kept of it, where anything is."""
    for is_aligned in (True, False):
        photo_store.delete(torso_name(detection, is_aligned=is_aligned))
