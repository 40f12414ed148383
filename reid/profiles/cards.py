"""Cards of all deer: filtered, in an order, and one page after another by the last card of the page before.

No page costs more than another, and none asks once for each card.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db.models import (
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    Subquery,
)
from django.utils import timezone

from reid.imaging.capture_time import day_begins
from reid.models import Deer, DeerSeason, Detection, Image
from reid.naming import name_key
from reid.profiles.portraits import portraits

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from django.db.models import QuerySet

PAGE: Final = 24
"""Cards of a page."""
OF_LATE: Final = 3000
"""Newest pictures that are looked through for those that were seen last."""
NEVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
"""Stands where a deer has no sighting with a time: after all others in the order of last seen."""


class Order(StrEnum):
    """Order of the cards."""

    SEEN = "seen"
    NAME = "name"
    SIGHTINGS = "sightings"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deer are asked for; what is empty asks for nothing. `seen_since` is a local day."""

    search: str = ""
    sex: str = ""
    tag: str = ""
    age_class: str = ""
    seen_since: date | None = None
    order: Order = Order.SEEN


@dataclass(frozen=True, slots=True)
class Card:
    """A deer with what its card shows; `portrait` is a detection, `age_class` that of the latest season noted."""

    deer: Deer
    portrait: UUID | None
    sightings: int
    last_seen: datetime | None
    age_class: str
    season: int | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page of cards; `after` asks for the next one, empty where there is none."""

    cards: tuple[Card, ...]
    after: str


def page(wanted: Wanted, after: str = "") -> CardPage:
    """The page after the card that `after` names (as the page before gave it). Seven queries at most.

    A text that no page gave begins at the first one.
    """
    rows, last = _narrowed(wanted), _key(after)
    keys = _seen_of_late(rows) if wanted.order is Order.SEEN else []
    if len(keys) <= _start(keys, last) + PAGE or (last is not None and last not in keys):
        keys = _in_order(rows, wanted.order)
    start = _start(keys, last)
    shown = keys[start : start + PAGE]
    deer = Deer.objects.prefetch_related("tags").in_bulk(shown)
    more = str(shown[-1]) if len(keys) > start + PAGE else ""
    return CardPage(_cards([deer[key] for key in shown if key in deer]), more)


def _start(keys: Sequence[UUID], last: UUID | None) -> int:
    return keys.index(last) + 1 if last is not None and last in keys else 0


def _key(after: str) -> UUID | None:
    try:
        return UUID(after)
    except ValueError:
        return None


def _narrowed(wanted: Wanted) -> QuerySet[Deer]:
    rows: QuerySet[Deer] = Deer.objects.filter(merged_into__isnull=True)
    for word in wanted.search.split():
        of_name = Q(name__icontains=word) | Q(former_names__name__icontains=word)
        rows = rows.filter(of_name | Q(notes__icontains=word))
    if wanted.search:
        rows = rows.filter(pk__in=rows.order_by().values("pk"))  # former names would repeat it
    if wanted.sex:
        rows = rows.filter(sex=wanted.sex)
    if wanted.tag:
        rows = rows.filter(tags__name_key=name_key(wanted.tag))
    if wanted.age_class:
        latest = DeerSeason.objects.filter(deer=OuterRef("pk")).exclude(age_class="")
        newest = latest.order_by("-year").values("age_class")[:1]
        rows = rows.annotate(newest_class=Subquery(newest)).filter(newest_class=wanted.age_class)
    if wanted.seen_since is not None:
        since = day_begins(wanted.seen_since, timezone.get_default_timezone())
        own = Detection.objects.valid().filter(deer=OuterRef("pk"))
        rows = rows.filter(Exists(own.filter(image__captured_at__gte=since)))
    return rows


def _in_order(rows: QuerySet[Deer], order: Order) -> list[UUID]:
    """Keys of these deer; all of them, of which a herd has some thousand at most."""
    names = _names(rows)
    if order is Order.NAME:
        return list(names)
    own = _own(rows)
    if order is Order.SIGHTINGS:
        number = own.values_list("deer").annotate(Count("sighting", distinct=True))
        return _falling(names, dict(number), 0)
    seen = own.filter(image__captured_at__isnull=False)
    return _falling(
        names, dict(seen.values_list("deer").annotate(Max("image__captured_at"))), NEVER
    )


def _seen_of_late(rows: QuerySet[Deer]) -> list[UUID]:
    """The first of these deer in the order of last seen: those that the newest pictures show, by an index.

    Enough for the first pages of a large store, where all pictures of all deer take ten times as long to go through.
    """
    newest = (
        Image.objects.filter(captured_at__isnull=False, detections__is_valid=True)
        .order_by("-captured_at", "-pk")
        .values_list("detections__deer", "captured_at")
    )
    pictures: list[tuple[Any, Any]] = list(newest[:OF_LATE])
    place: dict[Any, datetime] = {}
    for deer, taken in pictures:
        if deer is not None:
            place.setdefault(deer, taken)
    if len(pictures) == OF_LATE:  # of the last moment there may be more
        place = {deer: taken for deer, taken in place.items() if taken != pictures[-1][1]}
    return [key for key in _falling(_names(rows), place, NEVER) if key in place]


def _own(rows: QuerySet[Deer]) -> QuerySet[Detection]:
    return Detection.objects.valid().filter(deer__in=rows.order_by().values("pk")).order_by()


def _names(rows: QuerySet[Deer]) -> dict[UUID, str]:
    return dict(rows.order_by("name_key").values_list("pk", "name_key"))


def _falling(names: Mapping[UUID, str], place: Mapping[Any, Any], without: Any) -> list[UUID]:
    """The keys by falling place; of one place by name, as they are given."""
    return sorted(names, key=lambda key: place.get(key, without), reverse=True)


def _cards(deer: Collection[Deer]) -> tuple[Card, ...]:
    keys = [one.pk for one in deer]
    history = {
        key: (number, last)
        for key, number, last in Detection.objects.valid()
        .filter(deer__in=keys)
        .order_by()
        .values_list("deer")
        .annotate(Count("sighting", distinct=True), Max("image__captured_at"))
    }
    seasons = DeerSeason.objects.filter(deer__in=keys).exclude(age_class="").order_by("year")
    newest = {one.deer_id: one for one in seasons}
    shown = portraits(keys)
    cards = []
    for one in deer:
        number, last = history.get(one.pk, (0, None))
        season = newest.get(one.pk)
        cards.append(
            Card(
                one,
                shown.get(one.pk),
                number,
                last,
                season.get_age_class_display() if season else "",
                season.year if season else None,
                tuple(tag.name for tag in one.tags.all()),
            )
        )
    return tuple(cards)
