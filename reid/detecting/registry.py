"""Registry of detectors: registered once, pinned by fingerprint; one is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from reid.detecting.cards import DetectorCard, read_folder
from reid.models import Detector

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN: Final = "No detector is called {}: see manage.py detectors list."
AMBIGUOUS: Final = (
    "Several detectors are called {}: give the first digits of the fingerprint instead."
)


def register(folder: Path | str) -> Detector:
    """The detector in a folder below MODEL_ROOT, made where it is new; `folder` is its name there, or its path.

    The weights are read and compared with the card. Registered before, it lies in this folder from now on. Raises ModelRefused.
    """
    card = read_folder(settings.MODEL_ROOT, _name(folder))
    card.read_weights(settings.MODEL_ROOT)
    detector, _ = Detector.objects.update_or_create(
        fingerprint=card.fingerprint,
        defaults={"name": card.name, "version": card.version, "card": card.to_json()},
    )
    return detector


def activate(detector: Detector) -> Detector:
    """Make `detector` the one in use, once its weights are those of its card. Raises ModelRefused."""
    card_of(detector).read_weights(settings.MODEL_ROOT)
    with transaction.atomic():
        # By key, so that two who do this at once wait for one another.
        list(Detector.objects.select_for_update().order_by("pk").values_list("pk"))
        Detector.objects.filter(is_active=True).exclude(pk=detector.pk).update(is_active=False)
        Detector.objects.filter(pk=detector.pk).update(is_active=True)
    detector.is_active = True
    return detector


def active() -> Detector | None:
    """The detector in use, where there is one."""
    return Detector.objects.active()


def find(text: str) -> Detector:
    """The detector with this name, "name version", or beginning of a fingerprint. Raises LookupError.

    Of several versions of a name the one in use, if one of them is.
    """
    of_name = [item for item in Detector.objects.all() if text in (item.name, str(item))]
    found = of_name or list(Detector.objects.filter(fingerprint__startswith=text.lower()))
    if len(found) > 1:
        found = [item for item in found if item.is_active] or found
    if len(found) != 1 or not text:
        raise LookupError((AMBIGUOUS if found else UNKNOWN).format(text))
    return found[0]


def card_of(detector: Detector) -> DetectorCard:
    """The card that a detector was registered with."""
    return DetectorCard.from_json(detector.card)


def _name(folder: Path | str) -> str:
    """A folder's name below MODEL_ROOT, whichever way it was given."""
    root = settings.MODEL_ROOT
    text = str(folder)
    return text.removeprefix(f"{root}/").rstrip("/")
