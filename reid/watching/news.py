"""News of watched deer, noted in the transaction that gives a deer its sightings: nothing is told that did not happen."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from reid.models import WatchedDeer, WatchedSighting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reid.models import Detection, Operation


def note(named: Iterable[tuple[Detection, UUID | str | None]], operation: Operation) -> int:
    """Note the sightings of these detections that are new to the watchers of their deer; how many rows were asked for.

    Each sighting is told once to each watcher, whoever names it how often. Who watches a profile that was merged
    away hears of the one that stands for it. One query where nobody watches any of the deer, else two.
    """
    sightings: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for detection, deer in named:
        if deer is not None and detection.sighting_id is not None:
            sightings[UUID(str(deer))].add(detection.sighting_id)
    if not sightings:
        return 0
    keys = list(sightings)
    watched = WatchedDeer.objects.filter(Q(deer__in=keys) | Q(deer__merged_into__in=keys))
    rows = [
        WatchedSighting(watch=watch, sighting_id=sighting, operation=operation)
        for watch in watched.select_related("deer").order_by("pk")
        for key in [watch.deer_id if watch.deer_id in sightings else watch.deer.merged_into_id]
        if key is not None
        for sighting in sorted(sightings[key])
    ]
    WatchedSighting.objects.bulk_create(rows, 500, ignore_conflicts=True)
    return len(rows)
