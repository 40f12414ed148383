"""Thresholds in force: the one of each space, its evidence, and whether that evidence still holds.

A proposal is a record that nobody has approved. Its evidence keeps what the herd was, and a threshold whose
herd has changed by more than a tenth since is named expired: the approval stands, and runs go on using it,
for it was a person's act and taking all identities back would be another one; but nothing proves it any more.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from reid.models import Detection, EmbeddingSpace, Threshold
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet

SMALLEST: Final = Decimal("0.0001")
"""One score unit."""
PARTS: Final = 10
"""A threshold holds while no count of the herd has changed by more than one in so many."""
PROVEN: Final = "proven"
HERD: Final = "herd"
"""Key of the evidence under which the herd stands."""
CHANGED: Final = "the herd has changed by more than a tenth since it was proposed ({changes})"
OTHER_RULE: Final = "scores are made by the rule {now} now, and were made by {then}"
OTHER_SPACE: Final = "another embedding space is active"
NOT_A_THRESHOLD: Final = (
    "{text!r} is no threshold: give numbers above 0 and at most 1 with up to 4 decimals."
)


@dataclass(frozen=True, slots=True)
class Herd:
    """What a threshold is for: enrolled deer, their references, and the sightings to be identified."""

    deer: int
    references: int
    sightings: int


@dataclass(frozen=True, slots=True)
class Now:
    """What thresholds are held against: the herd, and the active space. Read once for many of them."""

    herd: Herd
    space: UUID | None

    @classmethod
    def read(cls) -> Self:
        return cls(herd_now(), _active_space())


def herd_now() -> Herd:
    """The herd as it stands, by two queries; embedded or not, since the next run embeds what is not."""
    references = Detection.objects.references().aggregate(
        deer=Count("deer", distinct=True), references=Count("pk")
    )
    shown = Detection.objects.identifiable().aggregate(sightings=Count("sighting", distinct=True))
    return Herd(**references, **shown)


def in_force(space: EmbeddingSpace) -> Threshold | None:
    """The space's active threshold, or None: then nothing is assigned and everything is ranked.

    REID_THRESHOLD in the environment is an operator's approval. It is written down as a record of
    source env, which takes the place of the active one; without the setting that record is withdrawn,
    and a person approves again.
    """
    with transaction.atomic():
        # Locking the space makes two workers that start at once take turns.
        EmbeddingSpace.objects.select_for_update().get(pk=space.pk)
        of_space = Threshold.objects.filter(space=space)
        if settings.REID_THRESHOLD is None:
            of_space.filter(is_active=True, source=Threshold.Source.ENV).update(is_active=False)
        else:
            _use(of_space, space, Decimal(str(settings.REID_THRESHOLD)).quantize(SMALLEST))
        return of_space.filter(is_active=True).first()


def propose(
    space: EmbeddingSpace,
    value: Decimal,
    source: Threshold.Source,
    evidence: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Threshold:
    """Write a threshold down with the herd that it is for. It changes nothing until a person approves it."""
    herd = herd_now()
    known: dict[str, Any] = {"profile_score": settings.REID_PROFILE_SCORE, HERD: asdict(herd)}
    return Threshold.objects.create(
        space=space,
        value=value.quantize(SMALLEST),
        source=source,
        evidence={**(evidence or {}), **known},
        gallery_size=herd.deer,
        **fields,
    )


def why_expired(threshold: Threshold, now: Now | None = None) -> str:
    """Why the threshold no longer speaks of the store, as the rest of a sentence; empty while it does.

    Of `now` as much is read here as is needed where the caller has not.
    """
    evidence = threshold.evidence
    if not threshold.space.is_active and (now.space if now else _active_space()) is not None:
        return OTHER_SPACE
    then, rule = evidence.get("profile_score"), settings.REID_PROFILE_SCORE
    if then is not None and then != rule:
        return OTHER_RULE.format(now=rule, then=then)
    if HERD not in evidence:
        return ""
    before, after = evidence[HERD], asdict(now.herd if now else herd_now())
    changes = [
        f"{name} {before[name]} -> {count}"
        for name, count in after.items()
        # In whole numbers: a tenth of ten is one, whatever floats make of it.
        if PARTS * abs(count - before[name]) > before[name]
    ]
    return CHANGED.format(changes=", ".join(changes)) if changes else ""


def proof_of(threshold: Threshold, now: Now | None = None) -> str:
    """What people are told of it in a word: proven, unproven, or expired and why."""
    if why := why_expired(threshold, now):
        return f"expired: {why}"
    return PROVEN if threshold.source == Threshold.Source.ANALYSIS else "unproven"


def units_of(text: str) -> int | None:
    """Score units of a decimal number above 0 and at most 1 with up to 4 decimals; None for anything else."""
    try:
        value = Decimal(text.strip()) * SCORE_UNITS
    except ArithmeticError:
        return None
    if not value.is_finite() or not 0 < value <= SCORE_UNITS or value != int(value):
        return None
    return int(value)


def _active_space() -> UUID | None:
    return EmbeddingSpace.objects.filter(is_active=True).values_list("pk", flat=True).first()


def _use(of_space: QuerySet[Threshold], space: EmbeddingSpace, value: Decimal) -> None:
    if of_space.filter(is_active=True, source=Threshold.Source.ENV, value=value).exists():
        return
    of_space.filter(is_active=True).update(is_active=False)
    propose(space, value, Threshold.Source.ENV, approved_at=timezone.now(), is_active=True)
