"""Bulk classification at a cold start: the detector found only "animal", and a person knows what lives there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from django.db import transaction

from reid.grouping.locks import wait_for_others
from reid.models import Detection, Operation, Sighting
from reid.reviewing.ledger import NOTHING_CHANGES, How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.taxonomy import CHOICES, DEER, PRIVATE, Classification

if TYPE_CHECKING:
    from reid.models import DetectionQuerySet

UNKNOWN_CLASS: Final = "There is no class {}: use one of {}."
NOT_AT_ONCE: Final = (
    "Detections of class {} are not classified at once: identities or privacy hang on them. "
    "Correct them one sighting at a time."
)
_BATCH: Final = 500


@transaction.atomic
def classify(
    classification: str,
    *,
    source: str = Classification.ANIMAL,
    among: DetectionQuerySet | None = None,
    **how: Unpack[How],
) -> Operation:
    """Correct the class of all valid detections of class `source` (`among` some): one operation, undoable.

    Those that become deer are grouped into sightings again and marked for the next run, which embeds and
    scores them. Raises ReviewRefused where nothing changes, for an unknown class, and for a `source` that
    bears identities (deer) or is private.
    """
    known = [name for name, _ in CHOICES]
    for name in (classification, source):
        if name not in known:
            raise ReviewRefused(UNKNOWN_CLASS.format(name, ", ".join(known)), "invalid")
    if source in DEER or source in PRIVATE:
        raise ReviewRefused(NOT_AT_ONCE.format(source), "conflict")
    # What regroups waits first; then sightings and detections, in the order in which everybody locks them.
    wait_for_others()
    wanted = (Detection.objects.all() if among is None else among).valid()
    wanted = wanted.filter(effective_class=source)
    encounters = Sighting.objects.filter(detections__in=wanted).values("encounter")
    sightings = Sighting.objects.filter(encounter__in=encounters).select_for_update()
    list(sightings.order_by("pk").values_list("pk", flat=True))
    locked = wanted.select_for_update(of=("self",)).order_by("pk")
    keys = list(locked.values_list("pk", flat=True))
    if not keys or source == classification:
        raise ReviewRefused(NOTHING_CHANGES)
    ledger = Ledger(Operation.Kind.CORRECT_CLASS, how)
    for start in range(0, len(keys), _BATCH):
        rows = Detection.objects.filter(pk__in=keys[start : start + _BATCH]).order_by("pk")
        batch = list(rows.select_related("sighting"))
        for item in batch:
            ledger.reclassify(item, classification)
        ledger.score_again(batch)
        ledger.write()
    return ledger.close()
