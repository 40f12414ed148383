"""Makers of stored torsos for tests, without a network."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from reid.models import Detection, Torso, TorsoHead
from reid.tests import make
from reid.torsos.align import align
from reid.torsos.stored import store_torso


def a_head(name: str = "a head", *, is_active: bool = True) -> TorsoHead:
    """A row of a head that is never asked."""
    found, _ = TorsoHead.objects.get_or_create(
        fingerprint=hashlib.sha256(name.encode()).hexdigest(),
        defaults={
            "origin": TorsoHead.Origin.OWN,
            "weights": b"none",
            "sentinels": np.zeros(4, np.float32),
            "is_active": is_active,
        },
    )
    return found


def torso(
    detection: Detection, reason: str = "", *, head: TorsoHead | None = None, **fields: Any
) -> Torso:
    """What a head found: a rectangle in the middle of a crop of 300 x 200 pixels, with its files."""
    mask = np.zeros((36, 36), np.float32)
    mask[9:27, 6:30] = 1.0
    found = align(np.full((200, 300, 3), 120, np.uint8), mask)
    by = head or a_head()
    store_torso(detection.pk, found, by.fingerprint, is_aligned=not reason)
    make.photograph(f"crops/{detection.pk.hex[:2]}/{detection.pk}.jpg", 300, 200)
    return Torso.objects.create(
        detection=detection,
        is_aligned=not reason,
        reason=reason,
        head=by,
        elongation=found.elongation,
        to_crop=found.to_picture.tolist(),
        **{"is_infrared": False} | fields,
    )
