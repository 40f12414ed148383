"""Facts of two profiles that turn out to be one deer: what is not known of the one that stays comes from the other one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reid.models import Deer, Detection
from reid.reviewing.conflicts import refuse_wrong_sex
from reid.reviewing.profiles import fields
from reid.reviewing.profiles.facts import LIFE, refuse_life
from reid.scoring import stale_marks
from reid.taxonomy import Sex

if TYPE_CHECKING:
    from reid.reviewing.ledger import Ledger


def missing_facts(survivor: Deer, merged: Deer) -> dict[str, Any]:
    """Fields of `survivor` as they would be once `merged` had said what is not known of it, as the log has them.

    Sex, life, notes, tags and seasons. Who is known to live takes over no day of death.
    """
    lives = survivor.status == Deer.Status.ALIVE
    unknown: dict[str, Any] = {"sex": Sex.UNKNOWN.value, "status": Deer.Status.UNKNOWN.value}
    unknown |= {"born_on": None, "notes": ""} | ({} if lives else {"died_on": None})
    found = {
        field: value
        for field, nothing in unknown.items()
        if fields.read(survivor, field) == nothing
        and (value := fields.read(merged, field)) != nothing
    }
    own, others = fields.read(survivor, fields.TAGS), fields.read(merged, fields.TAGS)
    if more := [name for name in others if name not in own]:
        found[fields.TAGS] = [*own, *more]
    noted = set(survivor.seasons.values_list("year", flat=True))
    for year in merged.seasons.exclude(year__in=noted).values_list("year", flat=True):
        field = fields.season_field(year)
        found[field] = fields.read(merged, field)
    return found


def complete(ledger: Ledger, survivor: Deer, merged: Deer) -> None:
    """Write and note what `missing_facts` says, within the transaction that merges the two.

    Raises ReviewRefused where a life span or a sex that is taken over contradicts what `survivor` was seen as.
    """
    found = missing_facts(survivor, merged)
    for field, value in found.items():
        old = fields.read(survivor, field)
        fields.write(survivor, field, value)
        ledger.note_deer_change(survivor, field, old, fields.read(survivor, field))
    if found.keys() & {"born_on", "died_on"}:
        refuse_life(survivor, survivor.born_on, survivor.died_on)
    if "sex" in found:
        known = Detection.objects.valid().known().filter(deer=survivor).order_by()
        for name in known.values_list("effective_class", flat=True).distinct():
            refuse_wrong_sex(survivor, name)
    if LIFE & found.keys():
        stale_marks.mark_compared_with(survivor)
