"""Sightings as rows: the animals that encounters are divided into, written so that ids last.

The rule is `reid.grouping.encounters.sightings`; imports and reviews both come here, so that both group alike. A
group goes on as the sighting that most of its members were in, since decisions and audits point at
sightings.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from reid.db.one_column import set_column
from reid.grouping import stored_links
from reid.grouping.encounters import Mark, SightingPlan, sightings
from reid.models import KNOWN, AuditItem, Detection, IdentityEvent, Sighting
from reid.taxonomy import DEER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reid.models import DetectionQuerySet

BLOCK: Final = 500
"""Rows written at a time."""

_DEER: Final = frozenset(item.value for item in DEER)


class Member(NamedTuple):
    """A detection, and where it stands now."""

    detection: UUID
    image: UUID
    sighting: UUID | None
    label: str | None
    encounter: UUID | None
    effective_class: str
    is_valid: bool
    deer: UUID | None
    identity_source: str


class SightingMove(NamedTuple):
    """A detection of a group that was made or changed: its sighting before and now, which may be one."""

    detection: UUID
    before: UUID | None
    after: UUID


Scene = tuple[UUID, "list[Member]"]
"""An encounter, and its detections in order of time."""


def members(detections: DetectionQuerySet, *order: str) -> list[Member]:
    """The detections as grouping reads them, in this order and then by their boxes."""
    rows = detections.order_by(*order, "x", "y", "width", "height").values_list(
        *("pk", "image", "sighting", "sighting__label", "sighting__encounter"),
        *("effective_class", "is_valid", "deer", "identity_source"),
    )
    return [Member(*row) for row in rows]


class SightingRows:
    """Makes the sightings of encounters what the rule says, a block at a time.

    With a fixed number of queries a block. `labels`: names of sightings by detection, where they are new.
    """

    def __init__(self, labels: Mapping[UUID, str]) -> None:
        self.labels = labels
        self._kept: set[UUID] = set()
        self._left: set[UUID] = set()

    def write(self, scenes: Sequence[Scene]) -> list[SightingMove]:
        """Divide the detections of each encounter into animals; all members of the groups that changed."""
        by_key = {member.detection: member for _, members in scenes for member in members}
        rejected: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for detection, deer in IdentityEvent.objects.rejected_pairs(by_key):
            rejected[detection].add(deer)
        parts = IdentityEvent.objects.parts(by_key)
        linked = self._chains(scenes, parts)
        groups = [
            (encounter, group)
            for encounter, members in scenes
            for group in sightings([self._mark(one, rejected, linked, parts) for one in members])
        ]
        before = {
            member.sighting: (member.encounter, member.label)
            for member in by_key.values()
            if member.sighting
        }
        self._left |= before.keys()
        heirs = self._heirs([group for _, group in groups], by_key)

        sizes = Counter(member.sighting for member in by_key.values())
        changed: list[Sighting] = []
        new: list[Sighting] = []
        moved: list[tuple[UUID, UUID]] = []
        placed: list[SightingMove] = []
        for number, (encounter, group) in enumerate(groups):
            heir = heirs.get(number)
            row = Sighting(pk=heir or uuid.uuid4(), encounter_id=encounter, label=group.label)
            if heir is None:
                new.append(row)
            elif before[heir] != (encounter, group.label):
                changed.append(row)
            coming = [key for key in group.keys if by_key[key].sighting != row.pk]
            moved += [(key, row.pk) for key in coming]
            if coming or sizes[row.pk] != len(group.keys):
                placed += [SightingMove(key, by_key[key].sighting, row.pk) for key in group.keys]
        # A label is unique within its encounter at every moment: who moves or ends gives it up first.
        ending = before.keys() - set(heirs.values())
        leaving = [key for key in [*ending, *(row.pk for row in changed)] if before[key][1]]
        if leaving:
            Sighting.objects.filter(pk__in=leaving).update(label="")
        Sighting.objects.bulk_update(changed, ["encounter", "label"], batch_size=BLOCK)
        Sighting.objects.bulk_create(new)
        set_column(Detection, "sighting", moved)
        return placed

    def clear(self) -> None:
        """Delete what was left empty. An audited sighting stays, empty, for what it was evidence of."""
        clear(self._left - self._kept)

    def _chains(self, scenes: Sequence[Scene], parts: Mapping[UUID, str]) -> Mapping[UUID, int]:
        """What is linked where several animals met: detection -> its chain."""
        crowded = []
        for _, members in scenes:
            deer = [one for one in members if _is_eligible(one)]
            if len({one.image for one in deer}) < len(deer):
                crowded.append(deer)
        excluded = {
            one.detection
            for deer in crowded
            for one in deer
            if self._label(one) or one.identity_source in KNOWN or one.detection in parts
        }
        keys = [[one.detection for one in deer] for deer in crowded]
        return stored_links.numbered(stored_links.linked(keys, excluded))

    def _label(self, member: Member) -> str:
        return self.labels.get(member.detection, member.label or "")

    def _mark(
        self,
        member: Member,
        rejected: Mapping[UUID, set[UUID]],
        linked: Mapping[UUID, int],
        parts: Mapping[UUID, str],
    ) -> Mark[UUID]:
        return Mark(
            key=member.detection,
            frame=member.image,
            eligible=_is_eligible(member),
            label=self._label(member),
            deer=member.deer if member.identity_source in KNOWN else None,
            not_deer=frozenset(rejected.get(member.detection, ())),
            chain=linked.get(member.detection),
            part=parts.get(member.detection),
        )

    def _heirs(
        self, groups: list[SightingPlan[UUID]], by_key: Mapping[UUID, Member]
    ) -> dict[int, UUID]:
        """Which old sighting each group goes on as: most common members first, then audited ones.

        What was thrown out of a sighting leaves it to the rest, which its decisions are about.
        """
        pairs = Counter(
            (number, sighting)
            for number, group in enumerate(groups)
            for key in group.keys
            if (sighting := by_key[key].sighting)
        )
        old = {sighting for _, sighting in pairs}
        audited = set(AuditItem.objects.filter(sighting__in=old).values_list("sighting", flat=True))
        counts = [any(_is_eligible(by_key[key]) for key in group.keys) for group in groups]
        heirs: dict[int, UUID] = {}
        for number, sighting in sorted(
            pairs,
            key=lambda pair: (
                *(-pairs[pair], pair[1] not in audited, pair[1]),
                *(not counts[pair[0]], pair[0]),
            ),
        ):
            if number not in heirs and sighting not in self._kept:
                heirs[number] = sighting
                self._kept.add(sighting)
        return heirs


def _is_eligible(member: Member) -> bool:
    return member.is_valid and member.effective_class in _DEER


def clear(left: set[UUID]) -> None:
    """Delete those of the sightings that are empty and not audited."""
    empty = Sighting.objects.filter(pk__in=left, detections__isnull=True)
    empty.filter(audit_items__isnull=True).delete()
