"""Lock on grouping: one writer of encounters and sightings at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import connection

from reid.models import Sighting

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from reid.models import Image

_LOCK: Final = 0x7265677270  # any number that nobody else locks: "regrp"


def wait_for_others() -> None:
    """Until this transaction ends, nobody else regroups: two who read the same images without an
    encounter would each make them one. SQLite's transactions wait for one another anyway.

    A transaction that regroups last waits here first, before it locks a row: else two would wait in a circle.
    """
    _lock("pg_advisory_xact_lock")


def lock_groups(images: QuerySet[Image]) -> None:
    """Wait for others, then lock the sightings that a regrouping of these photographs will write.

    In the order in which imports and runs lock them.
    """
    wait_for_others()
    encounters = images.order_by().values("encounter")
    sightings = Sighting.objects.filter(encounter__in=encounters)
    list(sightings.select_for_update().order_by("pk").values_list("pk"))


def hold_off() -> None:
    """Until this transaction ends, nobody regroups, but others may hold off too.

    For whoever locks the sightings of several encounters: a regrouping locks its own, and then those of
    the neighbours that it joins, in an order that nobody knows before.
    """
    _lock("pg_advisory_xact_lock_shared")


def _lock(function: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [_LOCK])
