"""Near names: deer whose name a person may have meant by one that is typed, so that a typo makes no second profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from reid.models import Deer, FormerName
from reid.naming import are_near, clean_name, name_key

SHOWN: Final = 5
"""Near names that are offered at most."""


@dataclass(frozen=True, slots=True)
class NearName:
    """A deer that may be meant, `name` its name now; `found` is the name of it that is near: its own, a former one or
    that of a profile that was merged into it.
    """

    deer: UUID
    name: str
    found: str


@dataclass(frozen=True, slots=True)
class KnownName:
    """What the store knows of a typed name: the deer that bears or bore it, or those whose names are near to it."""

    name: str
    same: NearName | None
    near: tuple[NearName, ...]


def find_deer(text: str) -> Deer | None:
    """The deer of this name, or of this key where a link names it; None where there is none."""
    try:
        return Deer.objects.filter(pk=UUID(text), merged_into__isnull=True).first()
    except ValueError:
        same = look_up(text).same
    return Deer.objects.filter(pk=same.deer).first() if same else None


def look_up(name: str, *, but: UUID | None = None) -> KnownName:
    """The deer of this name, else those of names near to it (`reid.naming.are_near`), by name, at most five of them.

    `but` leaves out a deer that is being renamed. Three queries.
    """
    name = clean_name(name)
    if not name:
        return KnownName(name, None, ())
    key, survivors = name_key(name), Deer.objects.survivors()
    rows = list(Deer.objects.order_by("name_key").values_list("pk", "name"))
    now = dict(rows)
    names = rows + list(FormerName.objects.order_by("name_key").values_list("deer", "name"))
    near: dict[UUID, NearName] = {}
    for deer, found in names:
        owner = survivors.get(deer, deer)
        if owner == but or owner not in now:
            continue
        one = NearName(owner, now[owner], found)
        if name_key(found) == key:
            return KnownName(name, one, ())
        if owner not in near and are_near(name, found):
            near[owner] = one
    return KnownName(name, None, tuple(near.values())[:SHOWN])
