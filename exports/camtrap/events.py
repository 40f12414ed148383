"""Observations of whole events: one an encounter and deer, and one an encounter and class without a deer. Pure.

What the readers of packages count: the rows of single photographs say the same animals again and again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exports.camtrap.terms import life_stage, sex
from reid.taxonomy import Classification, class_of_animal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from exports.camtrap.records import Observed


@dataclass(frozen=True, slots=True)
class EventObservation:
    """One deer, or `count` animals of one class, in one encounter; `image` is the first that shows any of them."""

    id: str
    image: UUID
    event: UUID
    event_start: datetime
    event_end: datetime
    classification: str
    scientific_name: str
    count: int
    sex: str
    life_stage: str
    individual: str
    method: str
    by: str


def event_observations(observed: Iterable[Observed]) -> list[EventObservation]:
    """The events' rows of some detections, in the order of these.

    A sighting is of the deer that any of its detections shows; without one it counts under the class under which
    reports count it.
    """
    sightings: defaultdict[UUID, list[Observed]] = defaultdict(list)
    for item in observed:
        sightings[item.sighting].append(item)
    groups: defaultdict[tuple[UUID, UUID | str], list[list[Observed]]] = defaultdict(list)
    for items in sightings.values():
        deer = {item.deer for item in items if item.deer is not None}
        for key in sorted(deer, key=str):
            groups[items[0].event, key].append([item for item in items if item.deer == key])
        if not deer:
            groups[items[0].event, _class(items)].append(items)
    return [_observation(key, members) for (_, key), members in groups.items()]


def _observation(key: UUID | str, sightings: list[list[Observed]]) -> EventObservation:
    items = [item for items in sightings for item in items]
    first = items[0]
    classification = key if isinstance(key, str) else _class(items)
    is_deer = first.deer is not None
    likest = next(item for item in items if item.classification == classification)
    classified = {(item.classified.method, item.classified.by) for item in items}
    method, by = classified.pop() if len(classified) == 1 else ("", "")
    return EventObservation(
        id=f"{first.event}-{key}",
        image=first.image,
        event=first.event,
        event_start=first.event_start,
        event_end=first.event_end,
        classification=classification,
        scientific_name=likest.scientific_name,
        count=1 if is_deer else len(sightings),
        sex=first.sex if is_deer else sex(classification),
        life_stage=first.life_stage if is_deer else life_stage(classification),
        individual=first.individual,
        method=method,
        by=by,
    )


def _class(items: list[Observed]) -> str:
    told = [item for item in items if item.classification != Classification.ANIMAL] or items
    return class_of_animal((item.classification, item.confidence) for item in told)
