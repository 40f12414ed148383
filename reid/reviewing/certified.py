"""Certified pairs of a batch, assigned: one operation of the person who takes the certificate, undoable as a whole.

A certificate speaks of a sighting as it was frozen. What a person has said of it since counts more, and a sighting
that shows other detections by now is not the one that was certified: both are left as they are.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Unpack

from django.db import transaction

from reid.models import KNOWN, Deer, Detection, IdentityEvent, Operation
from reid.reviewing.conflicts import refuse_contradictions
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.reviewing.scene import lock_deer, lock_scene

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

_BATCH: Final = 500


class LeftOut(StrEnum):
    """Reason why a certified pair is not assigned."""

    JUDGED = "judged"  # a person or an import has said something else, or looked at it
    CHANGED = "changed"  # it shows other detections than those that were certified
    HELD = "held"  # the deer is another animal on the same photograph
    RULED_OUT = "ruled_out"  # by the deer's sex or life span, corrected since


@dataclass(frozen=True, slots=True)
class CertifiedPair:
    """A sighting, the deer that it was certified to be, and what it showed then (`contents`)."""

    sighting: UUID
    deer: UUID
    detections_sha256: str


@dataclass(frozen=True, slots=True)
class Certified:
    """What became of the pairs: the operation, and how many sightings were assigned and left out."""

    operation: Operation
    sightings: int
    left_out: Counter[LeftOut]


def contents(sightings: Collection[UUID]) -> dict[UUID, str]:
    """What each of these sightings shows, as the SHA-256 of its identifiable detections' ids."""
    keys: defaultdict[UUID, list[str]] = defaultdict(list)
    wanted = sorted(sightings)
    for start in range(0, len(wanted), _BATCH):
        rows = Detection.objects.identifiable().filter(sighting__in=wanted[start : start + _BATCH])
        for detection, sighting in rows.order_by().values_list("pk", "sighting"):
            if sighting is not None:
                keys[sighting].append(str(detection))
    return {sighting: _sha256(detections) for sighting, detections in keys.items()}


def _sha256(detections: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(detections)).encode()).hexdigest()


@transaction.atomic
def assign_certified(pairs: Sequence[CertifiedPair], **how: Unpack[How]) -> Certified:
    """Give each sighting the deer that it was certified to be, or leave it out and count why.

    A deer that was merged since gives way to the profile that it was merged into. Raises ReviewRefused where no
    pair can be assigned.
    """
    heirs = _heirs({pair.deer for pair in pairs})
    profiles = lock_deer(set(heirs.values()))
    scene = lock_scene(Detection.objects.filter(sighting__in=[pair.sighting for pair in pairs]))
    of_sighting: defaultdict[UUID, list[Detection]] = defaultdict(list)
    on_image: defaultdict[UUID, list[Detection]] = defaultdict(list)
    for item in scene.values():
        on_image[item.image_id].append(item)
        if item.sighting_id is not None and item.is_identifiable:
            of_sighting[item.sighting_id].append(item)
    rejected = IdentityEvent.objects.rejected_pairs(scene)
    ledger = Ledger(Operation.Kind.CERTIFY, {"selection": "", **how})
    left_out: Counter[LeftOut] = Counter()
    for pair in pairs:
        deer, members = profiles[heirs[pair.deer]], of_sighting[pair.sighting]
        why = _why_not(pair, deer, members, rejected) or _held(deer, members, on_image)
        if why is not None:
            left_out[why] += 1
            continue
        for item in members:
            source = Detection.IdentitySource.CERTIFIED
            ledger.change(item, deer=deer.pk, identity_source=source.value)
    return Certified(ledger.close(), len(pairs) - left_out.total(), left_out)


def _heirs(deer: Collection[UUID]) -> dict[UUID, UUID]:
    """Each of these profiles, with the one that stands for it today."""
    merged = dict(Deer.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into"))
    heirs = {}
    for key in deer:
        heir = key
        while (into := merged.get(heir)) is not None:
            heir = into
        heirs[key] = heir
    return heirs


def _why_not(
    pair: CertifiedPair,
    deer: Deer,
    members: Sequence[Detection],
    rejected: set[tuple[UUID, UUID]],
) -> LeftOut | None:
    if any(item.reviewed_at is not None or item.identity_source in KNOWN for item in members):
        return LeftOut.JUDGED
    claimed = {(item.pk, key) for item in members for key in (deer.pk, pair.deer)}
    if claimed & rejected:
        return LeftOut.JUDGED
    if _sha256(str(item.pk) for item in members) != pair.detections_sha256:
        return LeftOut.CHANGED
    try:
        refuse_contradictions(deer, members)
    except ReviewRefused:
        return LeftOut.RULED_OUT
    return None


def _held(
    deer: Deer, members: Sequence[Detection], on_image: Mapping[UUID, Sequence[Detection]]
) -> LeftOut | None:
    """HELD where another sighting on the same photographs bears the deer; one that a run gave it counts too."""
    own = {item.sighting_id for item in members}
    for item in members:
        for other in on_image[item.image_id]:
            if other.deer_id == deer.pk and other.is_valid and other.sighting_id not in own:
                return LeftOut.HELD
    return None
