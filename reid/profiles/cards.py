"""Cards of all deer: filtered, in an order, and one page after another by the last card of the page before.

No page costs more than another, and none asks once for each card.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from reid.models import Deer, DeerSeason, Detection
from reid.naming import name_key
from reid.profiles.portraits import portraits

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

PAGE: Final = 24
"""Cards of a page."""
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
    """The page after the card that `after` names (as the page before gave it). Five queries at most.

    A text that no page gave begins at the first one.
    """
    rows = _ordered(_narrowed(wanted), wanted.order)
    last = rows.filter(pk=_key(after)).values_list("place", "name_key").first() if after else None
    if last is not None:
        place, key = last
        if wanted.order is Order.NAME:
            rows = rows.filter(name_key__gt=key)
        else:
            rows = rows.filter(Q(place__lt=place) | Q(place=place, name_key__gt=key))
    found = list(rows.prefetch_related("tags")[: PAGE + 1])
    shown = found[:PAGE]
    return CardPage(_cards(shown), str(shown[-1].pk) if len(found) > PAGE else "")


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
        since = timezone.make_aware(datetime.combine(wanted.seen_since, time.min))
        own = Detection.objects.valid().filter(deer=OuterRef("pk"))
        rows = rows.filter(Exists(own.filter(image__captured_at__gte=since)))
    return rows


def _ordered(rows: QuerySet[Deer], order: Order) -> QuerySet[Any]:
    """The rows with `place`, what they are in order of beside their names."""
    own = Detection.objects.valid().filter(deer=OuterRef("pk")).order_by().values("deer")
    if order is Order.NAME:
        return rows.annotate(place=Value(0)).order_by("name_key")
    if order is Order.SEEN:
        newest = own.annotate(newest=Max("image__captured_at")).values("newest")
        seen = Coalesce(Subquery(newest), Value(NEVER), output_field=DateTimeField())
        return rows.annotate(place=seen).order_by("-place", "name_key")
    number = own.annotate(number=Count("sighting", distinct=True)).values("number")
    count = Coalesce(Subquery(number), Value(0), output_field=IntegerField())
    return rows.annotate(place=count).order_by("-place", "name_key")


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
