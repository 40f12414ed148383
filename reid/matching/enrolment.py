"""Enrolment: which known detections are their deer's references. The one writer of references."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from reid.models import Detection, EventLog
from reid.models.antlers import reference_season

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from reid.models import Operation

REFERENCES_A_DEER: Final = 20
"""References of a deer at most; of a buck, of each antler year: last year's antlers must not keep this year's out."""
_SHOWN: Final = ("image__captured_at", "deer__sex", "effective_class")
"""What `reference_season` takes."""


@transaction.atomic
def enrol(detections: Collection[UUID], operation: Operation) -> int:
    """Make references of these detections, within the limits; return how many became one.

    Only reviewed and imported identities of valid deer whose box is large enough to be embedded; at most
    one an encounter and flank, at most REFERENCES_A_DEER a deer, of a buck a deer and antler year. References that stand keep their place.
    Of several candidates the surest and largest box of an encounter and flank is taken, and of more
    encounters than there is room for the latest: antlers and coats change. Repeating it changes nothing.
    """
    candidates = list(
        Detection.objects.identifiable()
        .known()
        .filter(
            pk__in=detections,
            deer__merged_into__isnull=True,
            image__encounter__isnull=False,
            is_reference=False,
            width__gte=settings.REID_MIN_CROP,
            height__gte=settings.REID_MIN_CROP,
        )
        .order_by(
            F("image__encounter__started_at").desc(nulls_last=True),
            "-confidence",
            (F("width") * F("height")).desc(),
            "image__path",
            "x",
            "y",
        )
        .values_list("pk", "deer", "image__encounter", "flank", *_SHOWN)
    )
    standing = list(
        Detection.objects.filter(is_reference=True, deer__in={row[1] for row in candidates})
        .order_by()
        .values_list("deer", "image__encounter", "flank", *_SHOWN)
    )
    places = {row[:3] for row in standing}
    number = Counter((deer, reference_season(*shown)) for deer, _, _, *shown in standing)
    chosen = []
    for key, deer, encounter, flank, *shown in candidates:
        place, room = (deer, encounter, flank), (deer, reference_season(*shown))
        if place not in places and number[room] < REFERENCES_A_DEER:
            chosen.append(key)
            places.add(place)
            number[room] += 1
    Detection.objects.filter(pk__in=chosen).update(is_reference=True, version=F("version") + 1)
    events = EventLog()
    for key in chosen:
        events.note("is_reference", before=False, after=True, detection=key)
    return events.write(operation)
