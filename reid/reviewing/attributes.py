"""Attributes of detections, set by a person: validity, class, flank, and which of them are references.

All of them take the versions of the detections that they change, and raise StaleReview and ReviewRefused.
Where an animal comes to a photograph or leaves it, its encounter's sightings are grouped anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from django.db import transaction

from reid.grouping.locks import wait_for_others
from reid.models import KNOWN, Deer, Detection, Operation
from reid.reviewing.conflicts import refuse_twice, refuse_wrong_sex
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.reviewing.scene import compare, lock_with_deer
from reid.taxonomy import DEER, contradicts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

NOT_ENROLLED: Final = (
    "None of these may become a reference: it takes a reviewed or imported identity and a large enough "
    "box, and a deer has one reference an encounter and flank, and 20 in all."
)


@transaction.atomic
def invalidate(*, versions: Mapping[UUID, int], **how: Unpack[How]) -> Operation:
    """Throw these detections out: no animal, or no use. Their identities stay, but count no more."""
    wait_for_others()
    scene, detections = _open(versions)
    ledger = Ledger(Operation.Kind.INVALIDATE, how)
    for item in detections:
        ledger.change(item, is_valid=False, is_reference=False)
    ledger.reviewed(detections)
    ledger.score_again(scene.values())
    return ledger.close()


@transaction.atomic
def make_valid(*, versions: Mapping[UUID, int], **how: Unpack[How]) -> Operation:
    """Take thrown-out detections back."""
    wait_for_others()
    scene, detections = _open(versions)
    ledger = Ledger(Operation.Kind.INVALIDATE, how)
    for deer in Deer.objects.filter(pk__in={item.deer_id for item in detections}):
        back = [item for item in detections if item.deer_id == deer.pk]
        refuse_twice(deer, back, scene.values())
    for item in detections:
        ledger.change(item, is_valid=True)
    ledger.reviewed(detections)
    ledger.score_again(scene.values())
    return ledger.close(enrol=detections)


@transaction.atomic
def correct_class(
    *,
    versions: Mapping[UUID, int],
    classification: str = "",
    flanks: Mapping[UUID, str] | None = None,
    **how: Unpack[How],
) -> Operation:
    """Say what these show: their class, or the flanks of some of them.

    What is no deer loses its identity. An automatic identity that the class contradicts goes too; one that
    a person gave is refused first. A deer without a name still waits for one: its class says nothing of who it is.
    """
    if classification:
        wait_for_others()
    scene, detections = _open(versions)
    profiles = Deer.objects.in_bulk({item.deer_id for item in detections if item.deer_id})
    ledger = Ledger(Operation.Kind.CORRECT_CLASS, how)
    turned = []
    for item in detections:
        if flanks and item.pk in flanks:
            ledger.turn(item, flanks[item.pk])
            turned.append(item)
        if classification:
            _reclassify(ledger, item, classification, profiles)
    if classification:
        note_class(ledger, detections)
    else:
        ledger.reviewed(detections)
    ledger.score_again(scene.values())
    return ledger.close(enrol=turned)


def note_class(ledger: Ledger, detections: Collection[Detection]) -> None:
    """Note who said what these show. A deer without a name still waits for one: its class says nothing of who it is."""
    ledger.reviewed([one for one in detections if one.deer_id or not one.is_identifiable])


@transaction.atomic
def enrol(*, versions: Mapping[UUID, int], **how: Unpack[How]) -> Operation:
    """Make references of these, within the limits of `reid.matching.enrolment`."""
    _, detections = _open(versions)
    ledger = Ledger(Operation.Kind.ENROL, how)
    try:
        return ledger.close(enrol=detections)
    except ReviewRefused as error:
        raise ReviewRefused(NOT_ENROLLED) from error


@transaction.atomic
def drop_reference(*, versions: Mapping[UUID, int], **how: Unpack[How]) -> Operation:
    """Let these stand for their deer no longer; their identities stay."""
    _, detections = _open(versions)
    ledger = Ledger(Operation.Kind.DROP_REFERENCE, how)
    for item in detections:
        ledger.change(item, is_reference=False)
    return ledger.close()


def _open(versions: Mapping[UUID, int]) -> tuple[dict[UUID, Detection], list[Detection]]:
    """Lock the detections' deer and encounters, and compare the versions."""
    scene = lock_with_deer(Detection.objects.filter(pk__in=list(versions)))
    return scene, compare(scene, versions, versions)


def _reclassify(
    ledger: Ledger, item: Detection, classification: str, profiles: Mapping[UUID, Deer]
) -> None:
    if item.deer_id is not None:
        deer = profiles[item.deer_id]
        if item.identity_source in KNOWN and classification in DEER:
            refuse_wrong_sex(deer, classification)
        if classification not in DEER or contradicts(classification, deer.sex):
            ledger.identify(item, None)
    ledger.reclassify(item, classification)


@transaction.atomic
def set_flank(
    *, versions: Mapping[UUID, int], flanks: Mapping[UUID, str], **how: Unpack[How]
) -> Operation:
    """Say which flank these show, unknown where it cannot be told; nothing is said of who they are.

    `versions` and `flanks` name the same detections. A reference that shows another flank becomes the one
    of its encounter and that flank where there is none yet, and else stands for its deer no longer. All of
    the encounter is marked to be scored again. Raises StaleReview, and ReviewRefused where nothing changes.
    """
    scene = lock_with_deer(Detection.objects.filter(pk__in=list(flanks)))
    detections = compare(scene, flanks, versions)
    ledger = Ledger(Operation.Kind.SET_FLANK, how)
    turned = [item for item in detections if item.flank != flanks[item.pk]]
    for item in detections:
        ledger.turn(item, flanks[item.pk])
    if turned:  # who only confirms what was guessed changes no score
        ledger.score_again(scene.values())
    return ledger.close(enrol=turned)
