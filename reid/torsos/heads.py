"""Mask heads of the store: registered once, named by fingerprint, loaded only where nothing has changed.

Before a process uses a head it masks the sentinel pictures and compares the masks with what was recorded. One head
ships with the project; a store that is large enough trains its own (`own_head`).
"""

from __future__ import annotations

import hashlib
import json
import logging
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.conf import settings
from django.db import transaction

from reid.imaging.crops import CANONICAL_SPECIFICATION
from reid.models import TorsoHead
from reid.networks.model_card import DEFAULT, TAMPERED_WEIGHTS, ModelRefused, read_weights
from reid.networks.sentinels import sentinel_crops
from reid.torsos import align, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.torsos.masker import Masker

logger = logging.getLogger(__name__)

SHIPPED_FILE: Final = "shipped_head.f16"
SHIPPED_SHA256: Final = "0f848fa8a9e96d26fe64cddba7dffcd51fb929d94520e6aeccc2f468e331ffd4"
SENTINEL_TOLERANCE: Final = 0.02
"""How far a cell's probability may be from what was recorded."""
FEATURES: Final = (
    "features 1: default network, outputs of blocks 4, 10 and 15, each cell's vector of length 8"
)
"""What a head sees, in words; covered by its fingerprint."""

UNKNOWN_HEAD: Final = "No mask head is called {}: see manage.py torso_heads list."
AMBIGUOUS_HEAD: Final = "Several mask heads are called {}: give more digits of the fingerprint."
DRIFTED: Final = (
    "The mask head {} no longer masks as it did (a sentinel's cell is off by {:.3f}): nothing is written. Use the "
    "device and library versions it was registered with, or train a new head."
)
CHANGED_PREPARATION: Final = "This version finds torsos differently from the one that registered the mask head {}: train a new head."

_loaded: dict[str, Masker] = {}  # the one head this process works with


def fingerprint_of(weights: bytes) -> str:
    """SHA-256, as 64 hex digits, of everything that moves a torso."""
    facts = {
        "head": hashlib.sha256(weights).hexdigest(),
        "network": DEFAULT.sha256,
        "preparation": prepare.SPECIFICATION,
        "features": FEATURES,
        "alignment": align.SPECIFICATION,
        "canonical_crop": CANONICAL_SPECIFICATION,
    }
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def shipped_weights() -> bytes:
    """The head that comes with the project. Raises ModelRefused where its file is not what it was."""
    try:
        content = (resources.files("reid.torsos") / SHIPPED_FILE).read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != SHIPPED_SHA256:
        raise ModelRefused(TAMPERED_WEIGHTS.format(SHIPPED_FILE))
    return content


def register(weights: bytes, origin: str, **facts: Any) -> TorsoHead:
    """The row of a head, made where it is new; `facts` are its other fields. Raises ModelRefused."""
    fingerprint = fingerprint_of(weights)
    existing = TorsoHead.objects.filter(fingerprint=fingerprint).first()
    if existing is not None:
        return existing
    head, _ = TorsoHead.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "origin": origin,
            "weights": weights,
            "sentinels": _mask_sentinels(load(weights)).ravel(),
            **facts,
        },
    )
    return head


def active_head() -> TorsoHead:
    """The active head; on first use, or where a newer version finds torsos differently, the shipped one.

    For workers and commands; a page asks the database instead. Raises ModelRefused.
    """
    head = TorsoHead.objects.active()
    if head is not None and head.fingerprint == fingerprint_of(bytes(head.weights)):
        return head
    shipped = register(shipped_weights(), TorsoHead.Origin.SHIPPED)
    return activate(shipped, only_instead_of=head)


def activate(head: TorsoHead, *, only_instead_of: TorsoHead | bool | None = True) -> TorsoHead:
    """Make `head` the one active head; every torso of another one is stale from now on.

    With `only_instead_of`, whichever is active by now stays where it is not that one (None: where there is one).
    """
    with transaction.atomic():
        heads = list(TorsoHead.objects.select_for_update().order_by("pk"))
        active = next((item for item in heads if item.is_active), None)
        if active == head or (only_instead_of is not True and active != only_instead_of):
            return active or head
        TorsoHead.objects.filter(is_active=True).update(is_active=False)
        TorsoHead.objects.filter(pk=head.pk).update(is_active=True)
    logger.info("mask head %s is active", head)
    head.refresh_from_db()
    return head


def find(text: str) -> TorsoHead:
    """The head with this beginning of a fingerprint, or the one of this origin. Raises LookupError."""
    matches = list(
        TorsoHead.objects.filter(origin=text)
        or TorsoHead.objects.filter(fingerprint__startswith=text.lower())
    )
    if len(matches) != 1 or not text:
        raise LookupError((AMBIGUOUS_HEAD if matches else UNKNOWN_HEAD).format(text))
    return matches[0]


def masker_of(head: TorsoHead) -> Masker:
    """The head's masker by the faster runtime, loaded and checked once a process. Raises ModelRefused."""
    if head.fingerprint not in _loaded:
        weights = bytes(head.weights)
        if fingerprint_of(weights) != head.fingerprint:
            raise ModelRefused(CHANGED_PREPARATION.format(head))
        masker = load(weights)
        choice = masker.choose_runtime(_sentinels(), settings.REID_RUNTIME, settings.MODEL_ROOT)
        logger.info("%s is %s", head, choice)
        off = float(np.abs(_mask_sentinels(masker).ravel() - head.sentinels).max())
        if not off <= SENTINEL_TOLERANCE:
            raise ModelRefused(DRIFTED.format(head, off))
        _loaded.clear()
        _loaded[head.fingerprint] = masker
    return _loaded[head.fingerprint]


def load(weights: bytes) -> Masker:
    """A masker with these weights on the device of REID_DEVICE. Raises ModelRefused."""
    # torch: a second and 200 MB, for processes that look for torsos
    from reid.networks.devices import choose_device
    from reid.torsos.masker import Masker

    trunk = read_weights(DEFAULT, settings.MODEL_ROOT)
    return Masker(trunk, weights, choose_device(settings.REID_DEVICE))


def _mask_sentinels(masker: Masker) -> NDArray[np.float32]:
    return masker.probability(_sentinels())


def _sentinels() -> NDArray[np.uint8]:
    return np.stack([prepare.prepare(crop) for crop in sentinel_crops()])
