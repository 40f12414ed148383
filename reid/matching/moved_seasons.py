"""Photographs whose time was corrected into another antler season: what they show is scored anew.

The season of a reference is part of its deer's fingerprint, so that nobody has to say that it changed. That of a probe is
not: whoever changes the time of a photograph says so here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.models import Detection
from reid.models.antlers import season_of, seasons_count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID


def mark_moved(moved: Mapping[UUID, tuple[datetime | None, datetime | None]]) -> int:
    """Mark the scores of detections whose photographs are of another antler season now; how many were marked.

    `moved` is image -> (its time before, its time now). None where every reference counts in every season.
    """
    if not seasons_count():
        return 0
    other = [key for key, (old, new) in moved.items() if season_of(old) != season_of(new)]
    rows = Detection.objects.identifiable().filter(image__in=other, scores_stale=False)
    # By key, as runs and reviews do: whoever meets waits, never in a circle.
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return Detection.objects.filter(pk__in=keys).update(scores_stale=True)
