"""Pictures under the map: stored with the degrees of their edges, chosen, and taken away again."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from django.conf import settings
from django.db import transaction

from reid.cameras.problems import MapProblem
from reid.imaging.crops import encode_jpeg
from reid.imaging.decoding import ImageProblem, open_oriented
from reid.models import MapPicture
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from django.contrib.auth.models import AbstractBaseUser

LONGEST: Final = 4096
"""Pixels of the longest side of a stored picture: what every browser still draws at once."""
MOST_DEGREES: Final = 85
"""North and south of it a map in Web Mercator ends."""

NOT_READABLE: Final = "This picture cannot be used: {why}. Choose a JPEG, PNG, TIFF or WebP file."
UPSIDE_DOWN: Final = "The north edge must be north of the south edge: its number is the larger one."
TURNED_ROUND: Final = "The east edge must be east of the west edge: its number is the larger one (west of Greenwich both are negative)."
OUT_OF_WORLD: Final = (
    "Latitudes are from -85 to 85 degrees on the map, longitudes from -180 to 180."
)
GONE: Final = "There is no such picture any more."


def refuse_edges(north: Decimal, south: Decimal, west: Decimal, east: Decimal) -> None:
    """Raise MapProblem for edges between which no picture can lie."""
    if max(abs(north), abs(south)) > MOST_DEGREES or max(abs(west), abs(east)) > 180:
        raise MapProblem(OUT_OF_WORLD)
    if north <= south:
        raise MapProblem(UPSIDE_DOWN)
    if east <= west:
        raise MapProblem(TURNED_ROUND)


def add(
    file: BinaryIO,
    name: str,
    *,
    north: Decimal,
    south: Decimal,
    west: Decimal,
    east: Decimal,
    actor: AbstractBaseUser,
) -> MapPicture:
    """Store a picture, north up, and lay it under the map. Edges are in degrees (WGS 84).

    It is kept as a JPEG whose longest side is at most `LONGEST` pixels. Raises MapProblem.
    """
    refuse_edges(north, south, west, east)
    try:
        picture = open_oriented(
            file,
            max_pixels=settings.IMAGE_MAX_PIXELS,
            max_bytes=settings.IMAGE_MAX_BYTES,
            at_least=LONGEST,
        )
    except ImageProblem as problem:
        raise MapProblem(NOT_READABLE.format(why=problem.detail or problem.reason)) from problem
    picture.thumbnail((LONGEST, LONGEST))
    with transaction.atomic():
        MapPicture.objects.filter(is_used=True).update(is_used=False)
        row = MapPicture.objects.create(
            name=name[:120],
            width=picture.width,
            height=picture.height,
            north=north,
            south=south,
            west=west,
            east=east,
            is_used=True,
            uploaded_by_id=actor.pk,
        )
        photo_store.replace(row.file, encode_jpeg(picture))
    return row


def move(key: UUID, *, north: Decimal, south: Decimal, west: Decimal, east: Decimal) -> None:
    """Give a picture other edges. Raises MapProblem."""
    refuse_edges(north, south, west, east)
    edges = {"north": north, "south": south, "west": west, "east": east}
    if not MapPicture.objects.filter(pk=key).update(**edges):
        raise MapProblem(GONE)


@transaction.atomic
def use(key: UUID | None) -> None:
    """Lay this picture under the map in place of the one that lies there, or none. Raises MapProblem."""
    MapPicture.objects.filter(is_used=True).update(is_used=False)
    if key is not None and not MapPicture.objects.filter(pk=key).update(is_used=True):
        raise MapProblem(GONE)


def in_use() -> MapPicture | None:
    """The picture that lies under the map."""
    return MapPicture.objects.filter(is_used=True).first()
