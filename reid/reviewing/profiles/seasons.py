"""Seasons of a deer, noted by a person: its age class and antler points of one year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Unpack

from django.db import transaction

from reid.models import FIRST_YEAR, LAST_YEAR, MOST_POINTS, DeerSeason, Operation
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.problems import ReviewRefused
from reid.reviewing.profiles import fields
from reid.reviewing.scene import lock_deer

if TYPE_CHECKING:
    from uuid import UUID

NO_YEAR: Final = f"{{year}} is no year: give one from {FIRST_YEAR} to {LAST_YEAR}."
NO_POINTS: Final = f"{{points}} is no number of antler points: give 0 to {MOST_POINTS}."
NO_AGE_CLASS: Final = "{value} is no age class: use one of {choices}."
UNBORN: Final = "{deer} was born in {born}: a season of {year} cannot be its own."


@transaction.atomic
def note_season(
    *,
    deer: UUID,
    year: int,
    points: int | None = None,
    age_class: str = "",
    **how: Unpack[How],
) -> Operation:
    """Note what a deer was in one antler year; without points and age class nothing is noted of it any more.

    Raises ReviewRefused where a value makes no sense or nothing changes.
    """
    profile = lock_deer([deer])[deer]
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ReviewRefused(NO_YEAR.format(year=year), "invalid", "year")
    if points is not None and not 0 <= points <= MOST_POINTS:
        raise ReviewRefused(NO_POINTS.format(points=points), "invalid", "points")
    known = DeerSeason.AgeClass.values
    if age_class and age_class not in known:
        sentence = NO_AGE_CLASS.format(value=age_class, choices=", ".join(known))
        raise ReviewRefused(sentence, "invalid_choice", "age_class")
    if profile.born_on is not None and year < profile.born_on.year:
        sentence = UNBORN.format(deer=profile.name, born=profile.born_on.year, year=year)
        raise ReviewRefused(sentence, "conflict", "year")
    ledger = Ledger(Operation.Kind.EDIT_DEER, how)
    field = fields.season_field(year)
    old = fields.read(profile, field)
    says_something = points is not None or bool(age_class)
    new: dict[str, Any] | None = None
    if says_something:
        new = {"points": points, "age_class": age_class, "noted_by_id": how["actor"].pk}
    if old is not None and new is not None and _said(old) == _said(new):
        return ledger.close()  # refused: nothing changes, whoever says it again
    fields.write(profile, field, new)
    ledger.note_deer_change(profile, field, old, new)
    return ledger.close()


def _said(season: dict[str, Any]) -> tuple[Any, Any]:
    return season["points"], season["age_class"]
