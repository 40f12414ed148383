"""Sightings where several animals met: detections that `reid.grouping.frame_links` links become one sighting.

Importing and reviewing group by what is known before anything is embedded, each detection by itself where a
frame holds several animals. Once they are embedded, a run joins what is linked, before it decides; and
whoever groups the encounter again later finds the same links. Named, reviewed and audited sightings are
never touched, nor what a person has split.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from reid.grouping import stored_links
from reid.grouping.locks import wait_for_others
from reid.grouping.sightings import clear
from reid.models import KNOWN, AuditItem, Detection, IdentityEvent, Sighting

if TYPE_CHECKING:
    from collections.abc import Collection

Plan = dict[UUID, tuple[list[UUID], set[UUID]]]
"""The sighting that goes on -> all detections of the chain, and the sightings that it takes them from."""


def fuse(encounters: Collection[UUID]) -> int:
    """Make one sighting of what is linked in these encounters; how many sightings were joined to another.

    Repeating it changes nothing. Not in a transaction: it locks only where something is to be done.
    """
    if not _plan(encounters):
        return 0
    with transaction.atomic():
        wait_for_others()
        locked = Sighting.objects.select_for_update().filter(encounter__in=encounters)
        list(locked.order_by("pk").values_list("pk"))
        members = Detection.objects.select_for_update(of=("self",))
        list(members.filter(sighting__encounter__in=encounters).order_by("pk").values_list("pk"))
        plan = _plan(encounters)
        left: set[UUID] = set()
        for heir, (keys, others) in plan.items():
            Detection.objects.filter(pk__in=keys).update(
                sighting=heir, scores_stale=True, version=F("version") + 1
            )
            left |= others
        clear(left)
    return len(left)


def _plan(encounters: Collection[UUID]) -> Plan:
    deer = Detection.objects.identifiable()
    mate = deer.filter(image=OuterRef("image")).exclude(pk=OuterRef("pk"))
    crowded = deer.filter(Exists(mate), sighting__encounter__in=encounters)
    rows = deer.filter(sighting__encounter__in=crowded.values("sighting__encounter")).values_list(
        *("pk", "sighting__encounter", "sighting", "sighting__label", "identity_source")
    )
    keys: defaultdict[UUID, list[UUID]] = defaultdict(list)
    excluded, of = set(), {}
    for key, encounter, sighting, label, source in rows.order_by("pk"):
        keys[encounter].append(key)
        of[key] = sighting
        if label or source in KNOWN:
            excluded.add(key)
    excluded |= IdentityEvent.objects.parts(of).keys()
    linked = stored_links.linked(list(keys.values()), excluded)
    return _joining(linked, of) if linked else {}


def _joining(linked: list[list[UUID]], of: dict[UUID, UUID]) -> Plan:
    """`of` is each detection's sighting; those that show more than a chain, or were audited, stay as they are."""
    touched = {of[key] for chain in linked for key in chain}
    members = Detection.objects.filter(sighting__in=touched).order_by()
    sizes = Counter(members.values_list("sighting", flat=True))
    audited = set(AuditItem.objects.filter(sighting__in=touched).values_list("sighting", flat=True))
    plan: Plan = {}
    for chain in linked:
        counts = Counter(of[key] for key in chain)
        is_ours = all(sizes[key] == number for key, number in counts.items())
        if len(counts) > 1 and is_ours and not audited & counts.keys():
            heir = min(counts, key=lambda key: (-counts[key], key))
            plan[heir] = (chain, counts.keys() - {heir})
    return plan
