"""Sightings of a report, put together from detections: the unit that reports count. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reid.taxonomy import class_of_animal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Observation:
    """One detection. `began_at` is its encounter's start, `captured_at` its photograph's, both in local time (aware)."""

    detection: UUID
    sighting: UUID
    encounter: UUID
    began_at: datetime
    camera: UUID | None
    classification: str
    confidence: float
    deer: UUID | None
    is_reviewed: bool
    is_machine_identity: bool
    is_certified: bool = False
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sighted:
    """One sighting put together from its observations, in order of detection."""

    began_at: datetime
    encounter: UUID
    camera: UUID | None
    classification: str
    observations: tuple[Observation, ...]

    @property
    def deer(self) -> set[UUID]:
        return {item.deer for item in self.observations if item.deer is not None}


def sightings(observations: Iterable[Observation]) -> list[Sighted]:
    """Observations put together by sighting, in order of their beginning."""
    together: defaultdict[UUID, list[Observation]] = defaultdict(list)
    for item in observations:
        together[item.sighting].append(item)
    sightings = []
    for items in together.values():
        # The order in which a database returns rows must not decide anything.
        items.sort(key=lambda item: (item.began_at, item.detection))
        first = items[0]
        of = class_of_animal((item.classification, item.confidence) for item in items)
        sightings.append(Sighted(first.began_at, first.encounter, first.camera, of, tuple(items)))
    return sorted(sightings, key=lambda item: (item.began_at, item.observations[0].detection))


def of_classes(observations: Iterable[Observation], classes: Collection[str]) -> list[Observation]:
    """The observations of these classes, in sightings that are of one of them.

    Given all that the animals were taken for: one photograph of a doe that was taken for a buck makes no buck of her.
    """
    return [
        item
        for one in sightings(observations)
        if one.classification in classes
        for item in one.observations
        if item.classification in classes
    ]
