"""Watches of one person: begun, ended, and the news of them looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max
from django.utils import timezone

from reid.models import Deer, WatchedDeer, WatchedSighting

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class News:
    """A watched deer with new sightings that its watcher has not looked at; `seen_at` is the latest of them."""

    deer: Deer
    sightings: int
    seen_at: datetime | None


def begin(user: User, deer: Deer) -> WatchedDeer:
    """This person is told of new sightings of the deer from now on; again changes nothing."""
    return WatchedDeer.objects.get_or_create(user=user, deer=deer)[0]


def stop(user: User, deer: Deer) -> None:
    """This person is no longer told of the deer."""
    WatchedDeer.objects.filter(user=user, deer=deer).delete()


def news_for(user: User) -> list[News]:
    """What this person has not looked at, the latest first. Two queries."""
    rows = (
        WatchedSighting.objects.unseen_by(user.pk)
        .order_by()
        .values_list("watch__deer")
        .annotate(Count("pk"), Max("sighting__encounter__ended_at"), newest=Max("noted_at"))
        .order_by("-newest")
    )
    found = list(rows)
    deer = Deer.objects.in_bulk(key for key, *_ in found)
    return [News(deer[key], number, last) for key, number, last, _ in found if key in deer]


def mark_seen(user: User) -> int:
    """This person has looked at all news; how many there were."""
    unseen = WatchedSighting.objects.filter(watch__user=user, seen_at__isnull=True)
    return unseen.update(seen_at=timezone.now())
