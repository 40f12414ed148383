"""REID_AUTO_ENROL: profiles that a run makes, for sightings that are near one another and match nobody.

Off by default, since a profile that nobody looked at is a deer counted that may not exist. Only under an
approved threshold, which every pair of the group must reach, and only for groups of several encounters.
Their identities are automatic and never references: nothing is compared with such a deer before a person
has confirmed one of its sightings. Each profile is an operation of its own, and what a person has undone
is not made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from reid.grouping.locks import hold_off
from reid.identifying import assignments
from reid.matching.decide import DecisionOutcome
from reid.models import (
    CREATED,
    Deer,
    Detection,
    EventLog,
    FormerName,
    IdentityEvent,
    Operation,
    Sighting,
)
from reid.naming import name_key
from reid.suggesting import new_deer
from reid.taxonomy import Sex
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from reid.models import ReidRun

AT_LEAST: Final = 3
"""Encounters in which a deer must have been seen before a run gives it a profile."""
NAME: Final = "Unnamed {}"

_UNMATCHED: Final = (
    DecisionOutcome.BELOW_THRESHOLD,
    DecisionOutcome.NO_REFERENCE,
    DecisionOutcome.NO_ELIGIBLE,
)


def enrol(run: ReidRun) -> int:
    """Make profiles of what this run matched with nobody, where the setting allows it; how many."""
    if not settings.REID_AUTO_ENROL or run.threshold is None or run.scorer is None:
        return 0
    if not run.scorer.gives_cosines:
        return 0  # its threshold does not say how near two sightings are
    unmatched = run.decisions.filter(outcome__in=[item.value for item in _UNMATCHED])
    free = {key for key in unmatched.values_list("sighting", flat=True) if key} - _undone()
    offered = new_deer.new_deer(run.scorer, similarity=run.threshold.units / SCORE_UNITS)
    count = 0
    for group in offered:
        count += _make(free & set(group.sightings), run)
    return count


def without_reference(deer: Collection[UUID]) -> set[UUID]:
    """Of these, the profiles that a run began and for which no reference stands: no run can judge them."""
    begun = IdentityEvent.objects.filter(
        field=CREATED, deer__in=deer, operation__run__isnull=False
    ).values_list("deer", flat=True)
    enrolled = Detection.objects.references().filter(deer__in=deer).values_list("deer", flat=True)
    return {key for key in begun if key} - set(enrolled)


def _undone() -> set[UUID | None]:
    """Sightings of profiles that a person has undone."""
    undone = Operation.objects.filter(
        kind=Operation.Kind.NEW_DEER, run__isnull=False, undone_by__isnull=False
    )
    detections = Detection.objects.filter(events__operation__in=undone)
    return set(detections.order_by().values_list("sighting", flat=True))


@transaction.atomic
def _make(sightings: Collection[UUID], run: ReidRun) -> int:
    """One profile, where enough of the sightings are still nameless; 1 or 0."""
    hold_off()  # the sightings are of several encounters
    locked = Sighting.objects.select_for_update().filter(pk__in=sightings).order_by("pk")
    encounters = {item.pk: item.encounter_id for item in locked}
    rows = Detection.objects.select_for_update(of=("self",)).filter(sighting__in=encounters)
    members = list(rows.order_by("pk"))
    named = {item.sighting_id for item in members if item.deer_id is not None}
    nameless = [item for item in members if item.sighting_id not in named and item.is_identifiable]
    if len({encounters[item.sighting_id] for item in nameless if item.sighting_id}) < AT_LEAST:
        return 0
    sexes = {item.effective_class for item in nameless} & {Sex.BUCK.value, Sex.DOE.value}
    deer = Deer.objects.create(
        name=_free_name(),
        sex=sexes.pop() if len(sexes) == 1 else Sex.UNKNOWN.value,
        status=Deer.Status.ALIVE,
    )
    operation = Operation.objects.create(kind=Operation.Kind.NEW_DEER, run=run)
    events = EventLog()
    events.note(CREATED, None, {"name": deer.name, "sex": deer.sex}, deer=deer.pk)
    assignments.write([(item, deer.pk) for item in nameless], operation, events)
    return 1


def _free_name() -> str:
    """The next number that no deer has or had: an old table that names one means that deer."""
    start = name_key(NAME.format("1")).removesuffix("1")
    keys = {
        key
        for model in (Deer, FormerName)
        for key in model.objects.filter(name_key__startswith=start).values_list(
            "name_key", flat=True
        )
    }
    number = len(keys) + 1
    while name_key(NAME.format(number)) in keys:
        number += 1
    return NAME.format(number)
