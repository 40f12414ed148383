"""Which flank does it show: a person's word, which no import and no guess overwrites.

The two flanks of a deer are different pictures. So another flank means other references to be compared
with, and, for a reference, another place in the gallery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from django.db import transaction

from reid.models import Detection, Operation
from reid.review.ledger import How, Ledger
from reid.review.scene import compare, lock_deer, lock_scene

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


@transaction.atomic
def set_flank(
    *, versions: Mapping[UUID, int], flanks: Mapping[UUID, str], **how: Unpack[How]
) -> Operation:
    """Say which flank these show, unknown where it cannot be told; nothing is said of who they are.

    `versions` and `flanks` name the same detections. A reference that shows another flank becomes the one
    of its encounter and that flank where there is none yet, and else stands for its deer no longer. All of
    the encounter is marked to be scored again. Raises StaleReview, and ReviewRefused where nothing changes.
    """
    wanted = Detection.objects.filter(pk__in=list(flanks))
    owners = wanted.filter(deer__isnull=False).order_by().values_list("deer", flat=True)
    lock_deer({key for key in owners if key})
    scene = lock_scene(wanted)
    detections = compare(scene, flanks, versions)
    ledger = Ledger(Operation.Kind.SET_FLANK, how)
    turned = [item for item in detections if item.flank != flanks[item.pk]]
    for item in detections:
        ledger.turn(item, flanks[item.pk])
    if turned:  # who only confirms what was guessed changes no score
        ledger.score_again(scene.values())
    return ledger.close(enrol=turned)
