"""Beginning of a profile: the name that it may have, and what is known of it at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction

from reid.models import CREATED, Deer, Detection
from reid.naming import clean_name, name_key
from reid.reviewing.problems import NearNames, ReviewRefused
from reid.suggesting import near_names
from reid.taxonomy import Sex

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from reid.reviewing.ledger import Ledger

NAME_TAKEN: Final = "There is a deer named {name} already: assign it, or choose another name."
NAME_EMPTY: Final = "A new deer needs a name."
NAME_LENGTH: Final = 100
NAME_TOO_LONG: Final = f"A name has at most {NAME_LENGTH} characters."


def begin(ledger: Ledger, name: str, sightings: Collection[UUID], *, confirm_new: bool) -> Deer:
    """The profile of that name: a new one, or one without a detection, as earlier versions left it after an undo.

    Raises ReviewRefused where the name is taken or none, and NearNames where it is nearly another deer's and nobody
    has said (`confirm_new`) that this is a new one.
    """
    name = checked_name(name)
    name_taken = ReviewRefused(NAME_TAKEN.format(name=name), "conflict", "name")
    deer = Deer.objects.select_for_update(no_key=True).filter(name_key=name_key(name)).first()
    if deer is not None:
        if deer.merged_into_id or deer.detections.exists():
            raise name_taken
        return deer
    if problem := Deer(name=name).name_problem():
        raise ReviewRefused(problem, "conflict", "name")
    if not confirm_new:
        refuse_near(name)
    try:
        with transaction.atomic():
            deer = Deer.objects.create(name=name, sex=_sex(sightings), status=Deer.Status.ALIVE)
    except IntegrityError as error:  # somebody chose the same name this very moment
        raise name_taken from error
    ledger.note_deer(deer, CREATED, None, {"name": deer.name, "sex": deer.sex})
    return deer


def checked_name(name: str) -> str:
    """The name as it is stored. Raises ReviewRefused for none, and for one that is too long."""
    name = clean_name(name)
    if not name or len(name) > NAME_LENGTH:
        raise ReviewRefused(NAME_TOO_LONG if name else NAME_EMPTY, "invalid", "name")
    return name


def refuse_near(name: str, *, but: UUID | None = None) -> None:
    """Raises NearNames where the name is nearly another deer's; `but` is the deer that is to bear it."""
    if near := near_names.look_up(name, but=but).near:
        raise NearNames(name, near)


def _sex(sightings: Collection[UUID]) -> str:
    classes = (
        Detection.objects.identifiable()
        .filter(sighting__in=sightings)
        .order_by()
        .values_list("effective_class", flat=True)
        .distinct()
    )
    sexes = {name for name in classes if name in Sex._value2member_map_}
    return sexes.pop() if len(sexes) == 1 else Sex.UNKNOWN.value
