"""Two profiles that look alike: merged where they turn out to be one deer, or kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from django.db import transaction

from reid.models import KEPT_APART, KNOWN, Detection, IdentityEvent, Operation
from reid.reviewing.conflicts import overruled, refuse_contradictions
from reid.reviewing.ledger import MERGED_INTO, How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.reviewing.profiles import complete
from reid.reviewing.scene import lock_deer, lock_scene
from reid.taxonomy import contradicts

if TYPE_CHECKING:
    from uuid import UUID

SAME_DEER: Final = "A deer cannot be merged into itself."
ONE_PROFILE: Final = "Name two profiles: this is one."
OTHER_SEX: Final = "{deer} is a {sex} and {into} a {other}: correct one of the profiles first."


@transaction.atomic
def merge(*, deer: UUID, into: UUID, **how: Unpack[How]) -> Operation:
    """`deer` is the same animal as `into`, which takes over its detections; its profile stays, marked. What is not
    known of `into`, such as its sex, is taken from `deer`.

    Its references join those of `into` within the gallery's limits. Its logged scores stay as history:
    rows of merged deer never count. Raises ReviewRefused where the two were seen on one photograph, by a
    person's word, or where sex or life span of `into` rule out what `deer` was seen as.
    """
    if deer == into:
        raise ReviewRefused(SAME_DEER, "conflict", "into")
    profiles = lock_deer({deer, into})
    merged, survivor = profiles[deer], profiles[into]
    if contradicts(merged.sex, survivor.sex):
        raise ReviewRefused(
            OTHER_SEX.format(
                deer=merged.name, sex=merged.sex, into=survivor.name, other=survivor.sex
            ),
            "conflict",
            "into",
        )
    scene = lock_scene(Detection.objects.filter(deer=merged))
    moved = [item for item in scene.values() if item.deer_id == merged.pk]
    ledger = Ledger(Operation.Kind.MERGE, how)
    complete(ledger, survivor, merged)
    refuse_contradictions(survivor, [item for item in moved if item.is_valid])
    # A guess of the machine that puts both on one photograph gives way to a person's word, on either side.
    certain = [item for item in moved if item.identity_source in KNOWN]
    for other in overruled(survivor, certain, scene.values()):
        ledger.identify(other, None)
    occupied_images = {
        item.image_id for item in scene.values() if item.deer_id == survivor.pk and item.is_valid
    }
    guessed = [item for item in moved if item.identity_source not in KNOWN]
    crowded = {item.sighting_id for item in guessed if item.image_id in occupied_images}
    references = [item for item in moved if item.is_reference]
    for item in moved:
        if item in guessed and item.sighting_id in crowded:
            ledger.identify(item, None)
        else:
            ledger.change(item, deer=survivor.pk, is_reference=False)
    merged.merged_into = survivor
    merged.save(update_fields=[MERGED_INTO])
    ledger.note_deer(merged, MERGED_INTO, None, survivor.pk)
    ledger.score_again(scene.values())
    return ledger.close(enrol=references)


@transaction.atomic
def keep_apart(*, deer: UUID, other: UUID, **how: Unpack[How]) -> Operation:
    """These are two animals, however alike they look: nobody is asked again. Raises ReviewRefused."""
    if deer == other:
        raise ReviewRefused(ONE_PROFILE, "conflict", "other")
    profiles = lock_deer({deer, other})
    ledger = Ledger(Operation.Kind.KEEP_APART, how)
    if frozenset({deer, other}) not in IdentityEvent.objects.kept_apart():
        first, second = sorted((deer, other))
        ledger.note_deer(profiles[first], KEPT_APART, None, second)
    return ledger.close()
