"""Near names: deer whose name a person may have meant by one that is typed, so that no typo or half name makes a second profile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from reid.models import Deer, FormerName
from reid.naming import alike_key, are_near, clean_name, name_key

SHOWN: Final = 5
"""Near names that are offered at most."""
SHORTEST_PART: Final = 3
"""Letters of a part within a name that make it one that may be meant."""


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
    """The deer of this name, else at most five that may be meant: of names near to it (`reid.naming.are_near`), of names
    that begin with it, and of names that have it in them, in this order and by name.

    `but` leaves out a deer that is being renamed. Three queries.
    """
    name = clean_name(name)
    if not name:
        return KnownName(name, None, ())
    key, survivors = name_key(name), Deer.objects.survivors()
    rows = list(Deer.objects.order_by("name_key").values_list("pk", "name"))
    now = dict(rows)
    names = rows + list(FormerName.objects.order_by("name_key").values_list("deer", "name"))
    near: dict[UUID, tuple[int, NearName]] = {}
    for deer, found in names:
        owner = survivors.get(deer, deer)
        if owner == but or owner not in now:
            continue
        one = NearName(owner, now[owner], found)
        if name_key(found) == key:
            return KnownName(name, one, ())
        likeness = _likeness(name, found)
        if likeness is not None and (owner not in near or likeness < near[owner][0]):
            near[owner] = likeness, one
    best = sorted(near.values(), key=lambda pair: pair[0])
    return KnownName(name, None, tuple(one for _, one in best[:SHOWN]))


def _likeness(typed: str, name: str) -> int | None:
    """How a name may be meant, the most likely first: spelled nearly so, begun, or a part of it; None where it is not."""
    if are_near(typed, name):
        return 0
    part = alike_key(typed)
    place = _place(part, alike_key(name))
    if place == 0:
        return 1
    is_telling = len(part) >= SHORTEST_PART and not part.isdigit()
    return 2 if place is not None and is_telling else None


def _place(part: str, whole: str) -> int | None:
    """Where a part stands first without cutting a number in two (Buck 1 is no part of Buck 12); None where nowhere."""
    before, after = r"(?<!\d)" * part[:1].isdigit(), r"(?!\d)" * part[-1:].isdigit()
    found = re.search(before + re.escape(part) + after, whole) if part else None
    return found.start() if found else None
