"""Public page of a deer: what it looks like and when it was seen, without where, by whom, or anything on people."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from exports.report.portraits import portraits
from reid.models import Detection, Sighting

if TYPE_CHECKING:
    from datetime import date

    from reid.models import Deer

PICTURES: Final = 12
SIDE: Final = 320
"""Pixels of the longest side of a picture."""


@dataclass(frozen=True, slots=True)
class PublicDeer:
    """What is shown of a deer. `pictures` are data: addresses with the day they were taken (None: unknown)."""

    name: str
    sex: str
    is_deceased: bool
    sightings: int
    first: date | None
    last: date | None
    months: tuple[tuple[date, int], ...]
    pictures: tuple[tuple[str, date | None], ...]


def public_deer(deer: Deer) -> PublicDeer:
    """The deer, or the one that it was merged into; days are local, and times of day are left out.

    A constant number of queries. Months have the sightings that began in them, the newest first.
    """
    while deer.merged_into is not None:
        deer = deer.merged_into
    seen = Detection.objects.valid().public().filter(deer=deer)
    began = list(
        Sighting.objects.filter(pk__in=seen.values("sighting"))
        .exclude(encounter__started_at=None)
        .values_list("encounter__started_at", flat=True)
    )
    days = sorted(timezone.localdate(moment) for moment in began)
    months = Counter(day.replace(day=1) for day in days)
    newest = dict(
        seen.order_by("-is_reference", "-image__captured_at", "pk").values_list(
            "pk", "image__captured_at"
        )[:PICTURES]
    )
    cut = portraits(newest, SIDE)
    pictures = tuple(
        (_address(cut[key]), timezone.localdate(taken) if taken else None)
        for key, taken in newest.items()
        if key in cut
    )
    return PublicDeer(
        name=deer.name,
        sex=deer.sex,
        is_deceased=deer.status == deer.Status.DECEASED or deer.died_on is not None,
        sightings=len(days),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        months=tuple(sorted(months.items(), reverse=True)),
        pictures=pictures,
    )


def _address(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode('ascii')}"
