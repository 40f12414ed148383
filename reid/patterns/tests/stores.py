"""Stores of tests: detections with torsos and keypoints that need no photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reid.models import Detection, Torso, TorsoHead
from reid.patterns.tests.photographs import spotted
from reid.tests import make
from reid.torsos.align import AlignedTorso
from reid.torsos.stored import store_torso

if TYPE_CHECKING:
    from numpy.typing import NDArray


def torso_head(fingerprint: str = "a" * 64) -> TorsoHead:
    head, _ = TorsoHead.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={"origin": "own", "weights": b"", "sentinels": np.ones(4, np.float32)},
    )
    return head


def with_torso(seed: int, head: TorsoHead | None = None, **fields: Any) -> Detection:
    """A detection with a stored torso that bears spots."""
    detection = make.detection(**fields)
    give_torso(detection, *spotted(seed), head or torso_head())
    return detection


def give_torso(
    detection: Detection, crop: NDArray[np.uint8], mask: NDArray[np.uint8], head: TorsoHead
) -> None:
    """Store a torso of this detection in place of the one it has."""
    torso = AlignedTorso(
        crop=crop,
        mask=mask,
        angle=0.0,
        elongation=2.0,
        width=300.0,
        height=200.0,
        to_picture=np.eye(2, 3, dtype=np.float32),
        coverage=0.3,
        second=0.0,
        certainty=0.9,
        solidity=0.9,
    )
    store_torso(detection.pk, torso, head.fingerprint, is_aligned=True)
    Torso.objects.update_or_create(
        detection=detection, defaults={"head": head, "is_aligned": True, "reason": ""}
    )


def without_torso(head: TorsoHead | None = None, **fields: Any) -> Detection:
    """A detection whose torso cannot be compared."""
    detection = make.detection(**fields)
    Torso.objects.create(
        detection=detection, head=head or torso_head(), is_aligned=False, reason="not_side"
    )
    return detection
