"""Encounters and sightings in the database: built again for whatever an import touched.

The rules are those of `reid.grouping.encounters`, the images those that `reid.grouping.timelines` finds; this module makes
the rows so. Rows keep their ids where their members stay together, since decisions and audits point at
sightings. The same images always give the same grouping, whatever the order in which they came.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from reid.db.one_column import set_column
from reid.grouping.locks import wait_for_others
from reid.grouping.sightings import BLOCK, Member, SightingRows, members
from reid.grouping.timelines import by_name, runs, timed
from reid.models import Detection, Encounter, Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reid.grouping.timelines import Plan, TouchedTimelines


@transaction.atomic
def regroup(touched: TouchedTimelines, labels: Mapping[UUID, str]) -> None:
    """Build what was touched again. `labels`: names of sightings by detection, where they are new."""
    wait_for_others()
    writer = _Writer(labels)
    for timeline, days in touched.days.items():
        for first, last in runs(days):
            writer.write_all(timed(timeline, first, last))
    for untimed in touched.untimed:
        writer.write_all(by_name(untimed, labels))
    writer.clear()


class _Writer:
    """Makes the rows what the plans say, a block at a time, with a fixed number of queries a block."""

    def __init__(self, labels: Mapping[UUID, str]) -> None:
        self.sightings = SightingRows(labels)
        self.kept: set[UUID] = set()
        self.left: set[UUID] = set()

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
        """Delete what was left empty."""
        self.sightings.clear()
        Encounter.objects.filter(
            pk__in=self.left - self.kept, images__isnull=True, sightings__isnull=True
        ).delete()

    def _write(self, block: list[Plan]) -> None:
        chosen = self._write_encounters(block)
        by_image: defaultdict[UUID, list[Member]] = defaultdict(list)
        images = [frame.image for plan in block for frame in plan.frames]
        for member in members(Detection.objects.filter(image__in=images), "image"):
            by_image[member.image].append(member)
        self.sightings.write(
            [
                (key, [one for frame in plan.frames for one in by_image.get(frame.image, ())])
                for plan, key in zip(block, chosen, strict=True)
            ]
        )
        moved = (
            (frame.image, key)
            for plan, key in zip(block, chosen, strict=True)
            for frame in plan.frames
            if frame.encounter != key
        )
        set_column(Image, "encounter", moved)

    def _write_encounters(self, block: list[Plan]) -> list[UUID]:
        """The row of each plan: the one that most of its frames were in, else a new one."""
        chosen: list[UUID] = []
        rows: list[Encounter] = []
        old: set[UUID] = set()
        for plan in block:
            counts = Counter(frame.encounter for frame in plan.frames if frame.encounter)
            old |= counts.keys()
            free = sorted(counts.keys() - self.kept, key=lambda key: (-counts[key], key))
            key = free[0] if free else uuid.uuid4()
            self.kept.add(key)
            chosen.append(key)
            rows.append(
                Encounter(
                    pk=key,
                    camera_id=plan.camera,
                    started_at=plan.started_at,
                    ended_at=plan.ended_at,
                )
            )
        self.left |= old
        Encounter.objects.bulk_update(
            [row for row in rows if row.pk in old],
            ["camera", "started_at", "ended_at"],
            batch_size=BLOCK,
        )
        Encounter.objects.bulk_create(row for row in rows if row.pk not in old)
        return chosen
