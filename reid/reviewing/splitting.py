"""Split of a sighting that shows two animals: a wrong link between photographs, or two that passed in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from django.db import transaction

from reid.grouping.locks import wait_for_others
from reid.models import KNOWN, Detection, IdentityEvent, Operation
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.reviewing.scene import compare, lock_with_deer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

NAMED_BY_IMPORT: Final = "An import named this sighting: correct the file, and import it again."
NOT_OF_SIGHTING: Final = "The detection {detection} is no deer of this sighting."
NOT_A_PART: Final = "Name some of the sighting's detections, and not all of them."


@transaction.atomic
def split_sighting(
    *,
    sighting: UUID,
    detections: Collection[UUID],
    versions: Mapping[UUID, int],
    **how: Unpack[How],
) -> Operation:
    """These detections of a sighting show another animal than its other ones.

    Both parts are sightings from now on, which no run, import or review joins again until this is undone. What a
    run made of both together goes; what a person or an import said stays with the other ones, and `detections` lose
    it. `versions` names every detection of the sighting. Raises StaleReview and ReviewRefused.
    """
    wait_for_others()
    scene = lock_with_deer(Detection.objects.filter(sighting=sighting))
    wanted = [key for key, item in scene.items() if item.sighting_id == sighting]
    deer_shown = [item for item in compare(scene, wanted, versions) if item.is_identifiable]
    _refuse_senseless(deer_shown, set(detections))
    before = IdentityEvent.objects.parts(item.pk for item in deer_shown)
    ledger = Ledger(Operation.Kind.SPLIT, how)
    for item in deer_shown:
        is_taken = item.pk in detections
        ledger.part(item, before.get(item.pk), f"{ledger.operation.pk}:{int(is_taken)}")
        if item.deer_id and (is_taken or item.identity_source not in KNOWN):
            ledger.identify(item, None)
        if is_taken:  # of that animal nobody has said anything
            ledger.change(item, reviewed_by=None, reviewed_at=None)
    ledger.score_again(scene.values())
    ledger.write()
    ledger.regroup({item.sighting.encounter_id for item in deer_shown if item.sighting})
    return ledger.close()


def _refuse_senseless(members: Collection[Detection], chosen: set[UUID]) -> None:
    keys = {item.pk for item in members}
    for key in sorted(chosen - keys):
        raise ReviewRefused(NOT_OF_SIGHTING.format(detection=key), "not_found", "detections")
    if not chosen or chosen == keys:
        raise ReviewRefused(NOT_A_PART, "invalid", "detections")
    if any(item.sighting and item.sighting.label for item in members):
        raise ReviewRefused(NAMED_BY_IMPORT, "conflict", "sighting")
