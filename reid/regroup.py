"""Encounters and sightings in the database: built again for whatever an import touched.

The rules are those of `reid.encounters`, the images those that `reid.timelines` finds; this module makes
the rows so. Rows keep their ids where their members stay together, since decisions and audits point at
sightings. The same images always give the same grouping, whatever the order in which they came.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from reid.classes import DEER
from reid.encounters import Group, Mark, sightings
from reid.models import AuditItem, Detection, Encounter, Image, Sighting
from reid.timelines import by_name, runs, timed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reid.timelines import Plan, Touched

BLOCK: Final = 500
"""Images written at a time."""

_LOCK: Final = 0x7265677270  # any number that nobody else locks: "regrp"
_KNOWN: Final = (Detection.IdentitySource.REVIEWED, Detection.IdentitySource.IMPORTED)
_DEER: Final = frozenset(item.value for item in DEER)


class _Member(NamedTuple):
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


@transaction.atomic
def regroup(touched: Touched, labels: Mapping[UUID, str]) -> None:
    """Build what was touched again. `labels`: names of sightings by detection, where they are new."""
    wait_for_others()
    writer = _Writer(labels)
    for timeline, days in touched.days.items():
        for first, last in runs(days):
            writer.write_all(timed(timeline, first, last))
    for untimed in touched.untimed:
        writer.write_all(by_name(untimed, labels))
    writer.clear()


def wait_for_others() -> None:
    """Until this transaction ends, nobody else regroups: two who read the same images without an
    encounter would each make them one. SQLite's transactions wait for one another anyway.

    A transaction that regroups last waits here first, before it locks a row: else two would wait in a circle.
    """
    _lock("pg_advisory_xact_lock")


def hold_off() -> None:
    """Until this transaction ends, nobody regroups, but others may hold off too.

    For whoever locks the sightings of several encounters: a regrouping locks its own, and then those of
    the neighbours that it joins, in an order that nobody knows before.
    """
    _lock("pg_advisory_xact_lock_shared")


def _lock(function: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [_LOCK])


class _Writer:
    """Makes the rows what the plans say, a block at a time, with a fixed number of queries a block."""

    def __init__(self, labels: Mapping[UUID, str]) -> None:
        self.labels = labels
        self.kept_encounters: set[UUID] = set()
        self.kept_sightings: set[UUID] = set()
        self.left_encounters: set[UUID] = set()
        self.left_sightings: set[UUID] = set()

    def write_all(self, plans: Iterable[Plan]) -> None:
        block: list[Plan] = []
        size, within = 0, set[UUID]()
        for plan in plans:
            old = {frame.encounter for frame in plan.frames if frame.encounter}
            # An encounter that is being split stays within one block, for its sightings' labels.
            if size >= BLOCK and not old & within:
                self._write(block)
                block, size, within = [], 0, set()
            block.append(plan)
            size += len(plan.frames)
            within |= old
        if block:
            self._write(block)

    def clear(self) -> None:
        """Delete what was left empty. An audited sighting stays, empty, for what it was evidence of."""
        empty = Sighting.objects.filter(
            pk__in=self.left_sightings - self.kept_sightings, detections__isnull=True
        )
        empty.filter(audit_items__isnull=True).delete()
        Encounter.objects.filter(
            pk__in=self.left_encounters - self.kept_encounters,
            images__isnull=True,
            sightings__isnull=True,
        ).delete()

    def _write(self, block: list[Plan]) -> None:
        chosen = self._write_encounters(block)
        self._write_sightings(block, chosen)
        moved = [
            Image(pk=frame.image, encounter_id=key)
            for plan, key in zip(block, chosen, strict=True)
            for frame in plan.frames
            if frame.encounter != key
        ]
        Image.objects.bulk_update(moved, ["encounter"], batch_size=BLOCK)

    def _write_encounters(self, block: list[Plan]) -> list[UUID]:
        """The row of each plan: the one that most of its frames were in, else a new one."""
        chosen: list[UUID] = []
        rows: list[Encounter] = []
        old: set[UUID] = set()
        for plan in block:
            counts = Counter(frame.encounter for frame in plan.frames if frame.encounter)
            old |= counts.keys()
            free = sorted(counts.keys() - self.kept_encounters, key=lambda key: (-counts[key], key))
            key = free[0] if free else uuid.uuid4()
            self.kept_encounters.add(key)
            chosen.append(key)
            rows.append(
                Encounter(
                    pk=key,
                    camera_id=plan.camera,
                    started_at=plan.started_at,
                    ended_at=plan.ended_at,
                )
            )
        self.left_encounters |= old
        Encounter.objects.bulk_update(
            [row for row in rows if row.pk in old],
            ["camera", "started_at", "ended_at"],
            batch_size=BLOCK,
        )
        Encounter.objects.bulk_create(row for row in rows if row.pk not in old)
        return chosen

    def _write_sightings(self, block: list[Plan], chosen: list[UUID]) -> None:
        members = self._members(block)
        by_image: defaultdict[UUID, list[_Member]] = defaultdict(list)
        for member in members.values():
            by_image[member.image].append(member)
        groups = [
            (encounter, group)
            for plan, encounter in zip(block, chosen, strict=True)
            for group in sightings(
                [
                    self._mark(member)
                    for frame in plan.frames
                    for member in by_image.get(frame.image, ())
                ]
            )
        ]
        before = {
            member.sighting: (member.encounter, member.label)
            for member in members.values()
            if member.sighting
        }
        self.left_sightings |= before.keys()
        heirs = self._heirs([group for _, group in groups], members)

        changed: list[Sighting] = []
        new: list[Sighting] = []
        moved: list[Detection] = []
        for number, (encounter, group) in enumerate(groups):
            heir = heirs.get(number)
            row = Sighting(pk=heir or uuid.uuid4(), encounter_id=encounter, label=group.label)
            if heir is None:
                new.append(row)
            elif before[heir] != (encounter, group.label):
                changed.append(row)
            moved += [
                Detection(pk=key, sighting=row)
                for key in group.keys
                if members[key].sighting != row.pk
            ]
        # A label is unique within its encounter at every moment: who moves or ends gives it up first.
        ending = before.keys() - set(heirs.values())
        leaving = [key for key in [*ending, *(row.pk for row in changed)] if before[key][1]]
        if leaving:
            Sighting.objects.filter(pk__in=leaving).update(label="")
        Sighting.objects.bulk_update(changed, ["encounter", "label"], batch_size=BLOCK)
        Sighting.objects.bulk_create(new)
        Detection.objects.bulk_update(moved, ["sighting"], batch_size=BLOCK)

    def _members(self, block: list[Plan]) -> dict[UUID, _Member]:
        images = [frame.image for plan in block for frame in plan.frames]
        rows = (
            Detection.objects.filter(image__in=images)
            .order_by("image", "x", "y", "width", "height")
            .values_list(
                "pk", "image", "sighting", "sighting__label", "sighting__encounter",
                "effective_class", "is_valid", "deer", "identity_source",
            )
        )  # fmt: skip
        return {row[0]: _Member(*row) for row in rows}

    def _mark(self, member: _Member) -> Mark[UUID]:
        return Mark(
            key=member.detection,
            frame=member.image,
            eligible=member.is_valid and member.effective_class in _DEER,
            label=self.labels.get(member.detection, member.label or ""),
            deer=member.deer if member.identity_source in _KNOWN else None,
        )

    def _heirs(self, groups: list[Group[UUID]], members: Mapping[UUID, _Member]) -> dict[int, UUID]:
        """Which old sighting each group goes on as: most common members first, then audited ones."""
        pairs = Counter(
            (number, sighting)
            for number, group in enumerate(groups)
            for key in group.keys
            if (sighting := members[key].sighting)
        )
        old = {sighting for _, sighting in pairs}
        audited = set(AuditItem.objects.filter(sighting__in=old).values_list("sighting", flat=True))
        heirs: dict[int, UUID] = {}
        for number, sighting in sorted(
            pairs, key=lambda pair: (-pairs[pair], pair[1] not in audited, pair[1], pair[0])
        ):
            if number not in heirs and sighting not in self.kept_sightings:
                heirs[number] = sighting
                self.kept_sightings.add(sighting)
        return heirs
