"""Thresholds of a scorer: the one in force, its evidence, and whether that still holds.

A proposal is a record that nobody has approved. Its evidence keeps what the herd was, and a threshold whose
herd has changed by more than a tenth since is named expired: the approval stands, and runs go on using it,
for it was a person's act and taking all identities back would be another one; but nothing proves it any more.

REID_THRESHOLD approves nothing. A run that is created under it has its value and the source `env` in its own
row, from which every worker reads it; what a person approved stays in force and decides again without it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from reid.matching.score_rules import rules_now, what_changed
from reid.models import Detection, Scorer, Threshold, threshold_override
from reid.units import SCORE_UNITS, as_score

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from reid.models import ReidRun
    from reid.strata import Stratum

SMALLEST: Final = Decimal("0.0001")
"""One score unit."""
PARTS: Final = 10
"""A threshold holds while no count of the herd has changed by more than one in so many."""
HERD: Final = "herd"
"""Key of the evidence under which the herd stands."""
OF_RUN: Final = ("threshold", "threshold_used", "threshold_source")
"""The fields of a run that say what it assigns by."""

REFERENCES: Final = "the enrolled references have changed"
OTHER_SCORER: Final = "another scorer is active"
NOT_A_THRESHOLD: Final = (
    "{text!r} is no threshold: give numbers above 0 and at most 1 with up to 4 decimals."
)
CHANGED: Final = "the herd has changed by more than a tenth since it was proposed ({changes})"
GATE_ROSE: Final = "reviews made since have raised the threshold that holds strangers off"
OVERRIDE: Final = "runs use {value}, unproven (REID_THRESHOLD)"
APPROVE_AGAIN: Final = (
    "No threshold is approved for the scorer {scorer}. {value}, approved by {by} on {day}, was the last one before "
    "REID_THRESHOLD took its place: approve it again in the admin, or propose another."
)


class Proof(StrEnum):
    PROVEN = "proven"
    UNPROVEN = "unproven"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether a threshold holds; `why` it has expired, as the rest of a sentence, else empty.

    `is_proof`: analysis recommended it. Of an operator's own number there is no proof that could be lost.
    """

    is_proof: bool
    why: str = ""

    @property
    def proof(self) -> Proof:
        if self.why:
            return Proof.EXPIRED
        return Proof.PROVEN if self.is_proof else Proof.UNPROVEN

    def __str__(self) -> str:
        return f"{self.proof}: {self.why}" if self.why else self.proof.value


@dataclass(frozen=True, slots=True)
class Herd:
    """What a threshold is for: enrolled deer, their references, and the sightings to be identified."""

    deer: int
    references: int
    sightings: int


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What only the whole log tells of a proof.

    `lowest` is the smallest threshold (score units) that holds strangers off today; `audit` says why the audit
    no longer speaks of the store, and is empty while it does.
    """

    lowest: int | None
    audit: str


@dataclass(frozen=True, slots=True)
class Now:
    """What thresholds are held against, as far as the caller has read it. Once for many of them.

    An approval stands while the herd and the active scorer do. Whoever decides anew asks for more: `gallery` is the
    fingerprint of the references in the threshold's scorer, which must be the very ones, `log` what the log says.
    """

    herd: Herd
    scorer: UUID | None
    gallery: str = ""
    log: LogFacts | None = None

    @classmethod
    def read(cls, gallery: str = "", log: LogFacts | None = None) -> Self:
        active = Scorer.objects.active()
        return cls(herd_now(), active.pk if active else None, gallery, log)


def herd_now() -> Herd:
    """The herd as it stands, by two queries; embedded or not, since the next run embeds what is not."""
    references = Detection.objects.references().aggregate(
        deer=Count("deer", distinct=True), references=Count("pk")
    )
    sightings = Detection.objects.identifiable().aggregate(
        sightings=Count("sighting", distinct=True)
    )
    return Herd(**references, **sightings)


def validity(threshold: Threshold, now: Now | None = None) -> Validity:
    """Whether the threshold still holds: the one answer, for lists, approvals, recommendations and alerts alike.

    How much is asked is what `now` knows; without it the herd and the active scorer are read.
    """
    return Validity(_is_proof(threshold), _why_expired(threshold, now or Now.read()))


def in_force(scorer: Scorer) -> Threshold | None:
    """What a person approved for the scorer, whose row is locked; None: nothing is assigned, everything is ranked."""
    with transaction.atomic():
        # Locking the scorer makes two that decide at once take turns.
        Scorer.objects.select_for_update().get(pk=scorer.pk)
        return Threshold.objects.in_force(scorer)


def override_fields() -> dict[str, Any]:
    """What REID_THRESHOLD puts into the row of a run that is created now; nothing where it is not set."""
    units = threshold_override()
    if units is None:
        return {}
    return {"threshold_used": units, "threshold_source": Threshold.Source.ENV.value}


def set_threshold(run: ReidRun, scorer: Scorer) -> None:
    """Give the row in hand of a run that begins the approved threshold, unless it was created under an override."""
    approved = in_force(scorer)
    if not run.is_overridden:
        run.use(approved)


def override_note() -> str:
    """What REID_THRESHOLD does, as the rest of a sentence; empty where it is not set."""
    units = threshold_override()
    return "" if units is None else OVERRIDE.format(value=as_score(units))


def to_approve_again(scorer: Scorer) -> str:
    """The threshold that a record of REID_THRESHOLD once replaced, and nobody has approved since, in a sentence.

    Empty where one is in force, and where none was replaced.
    """
    records = Threshold.objects.filter(scorer=scorer, approved_at__isnull=False)
    if records.filter(is_active=True).exists():
        return ""
    by_people = records.filter(approved_by__isnull=False).select_related("approved_by")
    last = by_people.order_by("-approved_at").first()
    if last is None or last.approved_at is None:
        return ""
    since = records.filter(source=Threshold.Source.ENV, approved_at__gt=last.approved_at)
    if not since.exists():
        return ""
    day = timezone.localtime(last.approved_at).date().isoformat()
    return APPROVE_AGAIN.format(scorer=scorer, value=last.value, by=last.approved_by, day=day)


def propose(
    scorer: Scorer,
    value: Decimal,
    source: Threshold.Source,
    evidence: Mapping[str, Any] | None = None,
    stratum: Stratum | None = None,
) -> Threshold:
    """Write a threshold down with the herd that it is for; it assigns `stratum`, or all. It waits for an approval."""
    herd = herd_now()
    known = rules_now() | {HERD: asdict(herd)}
    fields = {"source": source, "stratum": stratum or "", "gallery_size": herd.deer}
    evidence = {**(evidence or {}), **known}
    return Threshold.objects.create(
        scorer=scorer, value=value.quantize(SMALLEST), evidence=evidence, **fields
    )


def units_of(text: str) -> int | None:
    """Score units of a decimal number above 0 and at most 1 with up to 4 decimals; None for anything else."""
    try:
        value = Decimal(text.strip()) * SCORE_UNITS
    except ArithmeticError:
        return None
    if not value.is_finite() or not 0 < value <= SCORE_UNITS or value != int(value):
        return None
    return int(value)


def _is_proof(threshold: Threshold) -> bool:
    """Only analysis proves: of an operator's own number, the evidence may have any shape."""
    return threshold.source == Threshold.Source.ANALYSIS


def _why_expired(threshold: Threshold, now: Now) -> str:
    evidence = threshold.evidence
    gallery = evidence.get("gallery")
    proven_for = gallery.get("fingerprint") if isinstance(gallery, dict) else None
    if now.gallery and proven_for is not None and proven_for != now.gallery:
        return REFERENCES
    if now.scorer is not None and threshold.scorer_id != now.scorer:
        return OTHER_SCORER
    if rule := what_changed(evidence):
        return rule
    if HERD in evidence and (changes := _changes(evidence[HERD], asdict(now.herd))):
        return CHANGED.format(changes=", ".join(changes))
    if now.log is None or not _is_proof(threshold):
        return ""
    if now.log.lowest is None or now.log.lowest > threshold.units:
        return GATE_ROSE
    return now.log.audit


def _changes(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    return [
        f"{name} {before[name]} -> {count}"
        for name, count in after.items()
        # In whole numbers: a tenth of ten is one, whatever floats make of it.
        if PARTS * abs(count - before[name]) > before[name]
    ]
