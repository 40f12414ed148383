"""Names given to several sightings at once, and what a typed name may mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from django.db import transaction

from reid.models import Deer, FormerName, Operation
from reid.naming import clean_name, name_key, nearly
from reid.reviewing.identity import settle
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.scene import lock_deer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID


@transaction.atomic
def assign_group(
    *,
    sightings: Collection[UUID],
    deer: UUID,
    versions: Mapping[UUID, int],
    **how: Unpack[How],
) -> Operation:
    """All of these sightings are this deer: one operation. `versions` names every detection of all of them.

    Raises StaleReview, and ReviewRefused as `assign` does, or where two of them share a photograph or are of two sexes.
    """
    profile = lock_deer([deer])[deer]
    return settle(Ledger(Operation.Kind.ASSIGN, how), profile, sightings, versions, {})


@dataclass(frozen=True, slots=True)
class TypedName:
    """A deer's name as a person typed it, and which deer it can mean.

    `deer`: the one that bears or bore this name, however it is spelled; None where nobody does. `alike`: those whose
    names are nearly this one, asked about before a new deer is made; empty where `deer` is known.
    """

    name: str
    deer: Deer | None
    alike: list[Deer]


def understood(text: str) -> TypedName:
    """The deer that a typed name means: names that differ only in case and blanks are one name."""
    name = clean_name(text)
    standing = Deer.objects.filter(merged_into__isnull=True)
    deer = standing.filter(name_key=name_key(name)).first()
    if deer is None:
        former = FormerName.objects.filter(name_key=name_key(name)).select_related("deer").first()
        deer = former.deer if former and former.deer.merged_into_id is None else None
    if deer is not None or not name:
        return TypedName(name, deer, [])
    names = nearly(name, standing.values_list("name", flat=True))
    return TypedName(name, None, list(standing.filter(name__in=names)))
