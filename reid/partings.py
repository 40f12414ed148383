"""Where a person has told the detections of a sighting apart, as the log of reviews has it.

Each detection of a sighting that was split is of a part from then on. Those of one part are one animal, whatever
links or groups them again: the word of a person is an event of the log, and stands until it is undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.models import IdentityEvent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

PART: Final = "part"
"""Field of events whose `after` names the detection's part; null: none any more."""


def parts_of(detections: Iterable[UUID]) -> dict[UUID, str]:
    """The part of each of these detections that is of one."""
    events = IdentityEvent.objects.filter(field=PART, detection__in=list(detections))
    rows = events.order_by("pk").values_list("detection", "after")
    latest = {detection: part for detection, part in rows if detection}
    return {detection: part for detection, part in latest.items() if part}
