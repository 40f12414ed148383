"""Identity reviews: confirm, assign, new deer (of one sighting or of many), split, reject. Each is about whole sightings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from django.db import transaction

from reid.models import (
    KEPT_LABEL,
    KNOWN,
    REJECTED,
    Deer,
    Detection,
    IdentityEvent,
    Operation,
)
from reid.reviewing.conflicts import (
    overruled,
    refuse_contradictions,
    refuse_two_animals,
    refuse_unsuggested,
)
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.reviewing.profiles import begin
from reid.reviewing.scene import UNKNOWN_DEER, compare, lock_deer, lock_scene

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

NOTHING_TO_IDENTIFY: Final = "This sighting shows no valid deer: correct its class first."
NO_LABEL: Final = "Nobody has named this sighting: there is no label to keep."
NOTHING_TO_REJECT: Final = "Name the deer that it is not."
NOT_ONE_DEER: Final = "A split takes sightings of one deer: these are of {count}."


@transaction.atomic
def confirm(
    *,
    sighting: UUID,
    deer: UUID,
    versions: Mapping[UUID, int],
    flanks: Mapping[UUID, str] | None = None,
    **how: Unpack[How],
) -> Operation:
    """The machine is right: it is this candidate, which it scored or assigned.

    `versions` gives every detection of the sighting the version that the reviewer saw; `flanks` says what
    the reviewer saw of some of them. Raises StaleReview and ReviewRefused.
    """
    profile = lock_deer([deer])[deer]
    return settle(Ledger(Operation.Kind.CONFIRM, how), profile, [sighting], versions, flanks or {})


@transaction.atomic
def assign(
    *,
    sighting: UUID,
    deer: UUID,
    versions: Mapping[UUID, int],
    flanks: Mapping[UUID, str] | None = None,
    **how: Unpack[How],
) -> Operation:
    """It is this deer, whatever the machine said. Arguments and errors as for `confirm`."""
    profile = lock_deer([deer])[deer]
    return settle(Ledger(Operation.Kind.ASSIGN, how), profile, [sighting], versions, flanks or {})


@transaction.atomic
def new_deer(
    *,
    sighting: UUID,
    name: str,
    versions: Mapping[UUID, int],
    flanks: Mapping[UUID, str] | None = None,
    confirm_new: bool = False,
    **how: Unpack[How],
) -> Operation:
    """It is a deer without a profile yet; its sex is what the classes of its detections agree on.

    A name that is nearly another deer's raises NearNames, unless `confirm_new` says that this is a new one.
    """
    ledger = Ledger(Operation.Kind.NEW_DEER, how)
    return settle(
        ledger,
        begin(ledger, name, [sighting], confirm_new=confirm_new),
        [sighting],
        versions,
        flanks or {},
    )


@transaction.atomic
def name_group(
    *,
    sightings: Collection[UUID],
    name: str,
    versions: Mapping[UUID, int],
    flanks: Mapping[UUID, str] | None = None,
    confirm_new: bool = False,
    **how: Unpack[How],
) -> Operation:
    """These sightings, which were offered as one, are a deer without a profile yet.

    Arguments and errors as for `new_deer`; refused also where two of them share a photograph, or are of two sexes.
    """
    ledger = Ledger(Operation.Kind.NEW_DEER, how)
    return settle(
        ledger,
        begin(ledger, name, sightings, confirm_new=confirm_new),
        sightings,
        versions,
        flanks or {},
    )


@transaction.atomic
def split(
    *,
    sightings: Collection[UUID],
    name: str,
    versions: Mapping[UUID, int],
    confirm_new: bool = False,
    **how: Unpack[How],
) -> Operation:
    """These sightings, all of one deer until now, are of another one, which gets a profile of its own."""
    now = Detection.objects.identifiable().filter(sighting__in=sightings)
    owners = set(now.order_by().values_list("deer", flat=True))
    if len(owners) != 1 or None in owners:
        raise ReviewRefused(
            NOT_ONE_DEER.format(count=len(owners - {None})), "conflict", "sightings"
        )
    ledger = Ledger(Operation.Kind.SPLIT, how)
    return settle(
        ledger, begin(ledger, name, sightings, confirm_new=confirm_new), sightings, versions, {}
    )


@transaction.atomic
def reject(
    *,
    sighting: UUID,
    versions: Mapping[UUID, int],
    deer: Collection[UUID] = (),
    **how: Unpack[How],
) -> Operation:
    """It is none of these deer (none given: not the one that it bears). No run assigns them again.

    An identity among them is taken away; another one stays.
    """
    scene = lock_scene(Detection.objects.filter(sighting=sighting))
    detections = _shown(scene, [sighting], versions)
    not_these = set(deer) or {item.deer_id for item in detections if item.deer_id}
    if not not_these:
        raise ReviewRefused(NOTHING_TO_REJECT, "required", "deer")
    known = set(Deer.objects.filter(pk__in=not_these).values_list("pk", flat=True))
    for key in sorted(not_these - known):
        raise ReviewRefused(UNKNOWN_DEER.format(deer=key), "not_found", "deer")
    ledger = Ledger(Operation.Kind.REJECT, how)
    before = IdentityEvent.objects.rejected_pairs(item.pk for item in detections)
    for item in detections:
        for key in sorted(not_these - {deer for of, deer in before if of == item.pk}):
            ledger.mark(REJECTED, item, key, after=True)
        if item.deer_id in not_these:
            ledger.identify(item, None)
    ledger.reviewed(detections)
    ledger.score_again(scene.values())
    return ledger.close()


@transaction.atomic
def keep_label(*, sighting: UUID, versions: Mapping[UUID, int], **how: Unpack[How]) -> Operation:
    """It is the deer that it bears, whatever the scores say. Who named it, and whether that is evidence, stays."""
    scene = lock_scene(Detection.objects.filter(sighting=sighting))
    known = [item for item in _shown(scene, [sighting], versions) if item.identity_source in KNOWN]
    labels = {(item.pk, item.deer_id) for item in known if item.deer_id}
    if not labels:
        raise ReviewRefused(NO_LABEL, "conflict", "sighting")
    ledger = Ledger(Operation.Kind.KEEP_LABEL, how)
    for key, deer in sorted(labels - IdentityEvent.objects.kept_labels()):
        ledger.mark(KEPT_LABEL, scene[key], deer, after=True)
    return ledger.close()


def _shown(
    scene: Mapping[UUID, Detection], sightings: Collection[UUID], versions: Mapping[UUID, int]
) -> list[Detection]:
    """The deer that the sightings show, all of which the reviewer saw as they are."""
    members = [key for key, item in scene.items() if item.sighting_id in sightings]
    detections = [item for item in compare(scene, members, versions) if item.is_identifiable]
    if not detections:
        raise ReviewRefused(NOTHING_TO_IDENTIFY, "conflict", "sighting")
    return detections


def settle(
    ledger: Ledger,
    deer: Deer,
    sightings: Collection[UUID],
    versions: Mapping[UUID, int],
    flanks: Mapping[UUID, str],
) -> Operation:
    """Give all of these sightings the deer, whose profile is locked, and close the operation. Raises as `confirm` does."""
    scene = lock_scene(Detection.objects.filter(sighting__in=sightings))
    detections = _shown(scene, sightings, versions)
    if ledger.operation.kind == Operation.Kind.CONFIRM:
        refuse_unsuggested(deer, detections)
    if len(sightings) > 1:
        refuse_two_animals(detections)
    refuse_contradictions(deer, detections)
    for other in overruled(deer, detections, scene.values()):
        ledger.identify(other, None)
    before = IdentityEvent.objects.rejected_pairs(item.pk for item in detections)
    for item in detections:
        if item.pk in flanks:
            ledger.turn(item, flanks[item.pk])
        ledger.identify(item, deer.pk)
        if (item.pk, deer.pk) in before:
            ledger.mark(REJECTED, item, deer.pk, after=False)
    ledger.reviewed(detections)
    ledger.score_again(scene.values())
    # What an audit judges must not change the gallery that is being audited.
    is_audit = ledger.operation.selection == Operation.Selection.AUDIT
    return ledger.close(enrol=() if is_audit else detections)
