"""Facts of a sighting, from its detections: classes, days, frames, its known deer, and whether it is evidence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.utils import timezone

from reid.db.query_plans import by_index
from reid.models import KNOWN, REJECTED, Detection, IdentityEvent, Operation
from reid.scoring.read_log import with_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from reid.models import Scorer

BLOCK: Final = 5000
"""Rows fetched at a time."""
_REVIEWED: Final = Detection.IdentitySource.REVIEWED.value
_CERTIFIED: Final = Detection.IdentitySource.CERTIFIED.value
_IMPORTED: Final = Detection.IdentitySource.IMPORTED.value
EVIDENCE: Final = frozenset(
    {
        Operation.Selection.RANDOM.value,
        Operation.Selection.AUDIT.value,
        Operation.Selection.IMPORT.value,
    }
)
"""How a reviewed sighting must have come up: what was looked for by score proves nothing."""


@dataclass(frozen=True, slots=True)
class CapturePeriod:
    """Sightings photographed at `since` or later and before `until`, both aware; None: no limit."""

    since: datetime | None = None
    until: datetime | None = None

    def of(self, captured_at: str) -> Q:
        """The condition on a field; photographs without a time are in no period but the whole."""
        since = Q(**{f"{captured_at}__gte": self.since}) if self.since else Q()
        return since & (Q(**{f"{captured_at}__lt": self.until}) if self.until else Q())


@dataclass(slots=True)
class SightingFacts:
    """Facts of one sighting. `known`: its reviewed or imported deer; `is_evidence`: not picked by its score.

    `certified`: the deer that a batch's certificate gave it, which is no evidence; `rejected`: deer that a person
    has ruled out for it; `kept`: deer that a person has confirmed to be its own when the scores said otherwise.
    """

    classes: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    frames: set[UUID] = field(default_factory=set)
    known: set[UUID] = field(default_factory=set)
    certified: set[UUID] = field(default_factory=set)
    is_evidence: bool = False
    rejected: set[UUID] = field(default_factory=set)
    kept: set[UUID] = field(default_factory=set)

    @property
    def settled(self) -> set[UUID]:
        """The deer that no run changes."""
        return self.known | self.certified


def read_facts(period: CapturePeriod) -> dict[UUID, SightingFacts]:
    """Facts of every sighting with an identifiable detection in the period. A fixed number of queries."""
    proven, rejected = _proven_reviews(), _rejected()
    kept = _by_detection(IdentityEvent.objects.kept_labels())
    facts: dict[UUID, SightingFacts] = defaultdict(SightingFacts)
    rows = (
        Detection.objects.identifiable()
        .filter(period.of("image__captured_at"), sighting__isnull=False)
        .order_by()
        .values_list(
            "pk", "sighting", "image", "effective_class", "image__captured_at", "deer",
            "identity_source",
        )
    )  # fmt: skip
    zone = timezone.get_current_timezone()
    for key, sighting, image, name, captured_at, deer, source in rows.iterator(BLOCK):
        about = facts[sighting]
        about.classes.add(name)
        about.frames.add(image)
        about.rejected |= rejected.get(key, set())
        if captured_at:
            about.days.add(captured_at.astimezone(zone).date())
        if source in KNOWN:
            about.known.add(deer)
            about.kept |= kept.get(key, set())
            about.is_evidence |= source == _IMPORTED or key in proven
        elif source == _CERTIFIED:
            about.certified.add(deer)
    return dict(facts)


def _rejected() -> dict[UUID, set[UUID]]:
    """Detection -> deer that a person has rejected for it."""
    events = IdentityEvent.objects.filter(field=REJECTED, detection__isnull=False).order_by()
    detections = [key for key in events.values_list("detection", flat=True).distinct() if key]
    return _by_detection(IdentityEvent.objects.rejected_pairs(detections))


def _by_detection(pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, set[UUID]]:
    deer_by_detection: dict[UUID, set[UUID]] = defaultdict(set)
    for detection, deer in pairs:
        deer_by_detection[detection].add(deer)
    return deer_by_detection


def _proven_reviews() -> set[UUID]:
    """Reviewed detections whose identity was last decided on an item that was drawn at random.

    A doubted label that is put right stays what it was: leaving out what was wrong would leave out nothing by chance.
    """
    events = (
        IdentityEvent.objects.filter(
            detection__identity_source=_REVIEWED,
            field__in=["deer", "identity_source"],
            operation__undone_by__isnull=True,
        )
        .exclude(operation__kind=Operation.Kind.MERGE)  # a merge renames, it does not look again
        .order_by("pk")
        .values_list("detection", "field", "before", "operation__selection")
    )
    last: dict[UUID | None, str] = {}
    for detection, name, before, selection in events:
        if selection != Operation.Selection.DOUBT:
            last[detection] = selection
        elif (name, before) == ("identity_source", _IMPORTED):
            last[detection] = Operation.Selection.IMPORT.value
    return {key for key, selection in last.items() if key and selection in EVIDENCE}


def sightings_with_pattern(fused: Scorer, period: CapturePeriod) -> frozenset[UUID]:
    """The sightings in the period of which a detection has a pattern score by the part of a fused scorer."""
    rows = Detection.objects.identifiable().filter(
        period.of("image__captured_at"), sighting__isnull=False
    )
    with by_index():
        keys = with_pattern(rows, fused).order_by().values_list("sighting", flat=True)
        return frozenset(keys)


def shared_frames(facts: Mapping[UUID, SightingFacts]) -> set[UUID]:
    """Images that show two sightings: these are decided together."""
    once: set[UUID] = set()
    shared: set[UUID] = set()
    for about in facts.values():
        shared |= about.frames & once
        once |= about.frames
    return shared


def known_neighbours(
    facts: Mapping[UUID, SightingFacts], shared: set[UUID]
) -> dict[UUID, set[UUID]]:
    """Sighting -> the known deer of other sightings on its frames, which it therefore is not."""
    on_frame: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
    for sighting, about in facts.items():
        for frame in about.frames & shared:
            on_frame[frame] += [(sighting, deer) for deer in about.known]
    return {
        sighting: {
            deer
            for frame in about.frames & shared
            for other, deer in on_frame[frame]
            if other != sighting
        }
        for sighting, about in facts.items()
        if about.frames & shared
    }
