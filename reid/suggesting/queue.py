"""Review queue: first the sighting that a decision teaches most about.

Ordered by the machine's latest decision on each sighting. With a threshold in force, the best scores
nearest to it come first: there right and wrong lie closest together. Without one, the smallest margins among
the highest scores. Every fifth item is drawn at random from all that wait, because reviews chosen by score
train the gallery but prove nothing. Reads only, and never a query a row.

The draw is one order of all sightings, fixed by a secret of this store: what comes first in it of all that wait is
the one drawn, for everybody, until somebody has answered it. So who skips it does not draw an easier one, an undone
answer is asked for again, and the server need not believe a client of how an item came to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import CharField, Count, Exists, F, Max, OuterRef, Q, Value
from django.db.models.functions import MD5, Abs, Cast, Concat
from django.db.models.lookups import LessThan
from django.utils.crypto import salted_hmac

from reid.models import (
    KNOWN,
    Decision,
    Detection,
    Operation,
    ReidRun,
    Scorer,
    Sighting,
    SimilarityScore,
    Threshold,
    threshold_override,
)
from reid.suggesting import candidates
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from reid.suggesting.candidates import CandidateRanking

EVERY_RANDOM: Final = 5
"""Of so many items one is drawn at random."""
BAND: Final = 500
"""Best scores within so many units count as equally high where no threshold is in force."""

_FROM_QUEUE: Final = (Operation.Selection.QUEUE, Operation.Selection.RANDOM)
_NO_ITEM_DONE: Final = (Operation.Kind.SET_FLANK, Operation.Kind.SPLIT)
"""Acts after which the item, or what it was split into, still waits."""


@dataclass(frozen=True, slots=True)
class Item:
    """One sighting to review. `selection` says how it was chosen and belongs into the review."""

    sighting: Sighting
    selection: str
    detections: list[Detection]
    comparison: CandidateRanking

    @property
    def assigned(self) -> str | None:
        """The name of the deer that a run gave it, or a certificate, which it says."""
        named = next((one for one in self.detections if one.deer), None)
        if named is None or named.deer is None:
            return None
        certified = Detection.IdentitySource.CERTIFIED
        is_certified = named.identity_source == certified
        return f"{named.deer.name} ({certified.label})" if is_certified else named.deer.name


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Page for a reviewer: an item, or None where nothing waits that can be shown, and how far the work is.

    `comparing` counts those that wait for a run that compares them with known deer first.

    `reviewed` counts the reviewer's own from the queue that stand. Without a `threshold` (score units) runs assign
    nothing: what is shown is a ranking only.
    """

    item: Item | None
    remaining: int
    comparing: int
    reviewed: int
    scorer: Scorer | None
    threshold: int | None

    @property
    def ranking_only(self) -> bool:
        return self.threshold is None

    @property
    def assigns_at(self) -> float | None:
        """The similarity at and above which runs assign."""
        return None if self.threshold is None else self.threshold / SCORE_UNITS


def waiting() -> QuerySet[Sighting]:
    """Sightings that show a valid deer of which no person or import has said anything yet."""
    detections = Detection.objects.identifiable().filter(sighting=OuterRef("pk")).order_by()
    decided = detections.filter(Q(reviewed_at__isnull=False) | Q(identity_source__in=KNOWN))
    return Sighting.objects.filter(Exists(detections), ~Exists(decided))


def decided(scorer: Scorer, threshold: int | None) -> QuerySet[Decision]:
    """The latest scored decision by `scorer` on each waiting sighting, the one that teaches most first.

    `threshold` in score units. Joined by their newest keys: a subquery a sighting, sorted, took 25 times as
    long on 20,000 sightings.
    """
    of_scorer = Decision.objects.filter(run__scorer=scorer, sighting__isnull=False).order_by()
    latest = of_scorer.values("sighting").annotate(last=Max("pk")).values("last")
    scored = Decision.objects.filter(
        pk__in=latest, score__isnull=False, sighting__in=waiting().values("pk")
    )
    if threshold is not None:
        return scored.order_by(Abs(F("score") - threshold), "sighting")
    return scored.order_by((F("score") / BAND).desc(), F("margin").asc(nulls_last=True), "sighting")


def being_compared(scorer: Scorer | None) -> QuerySet[Sighting]:
    """Of what waits, sightings that no run has compared yet though there are deer to compare with, and a run soon will.

    That is where an identification waits or runs, or the upkeep has one to begin.
    """
    due = Detection.objects.due_for(scorer)
    identifying = ReidRun.objects.filter(kind=ReidRun.Kind.IDENTIFY)
    has_run = identifying.exclude(state__in=ReidRun.TERMINAL).exists()
    if not (has_run or due.exists()) or not Detection.objects.references().exists():
        return Sighting.objects.none()
    scores = SimilarityScore.objects.filter(scorer=scorer, detection__sighting=OuterRef("pk"))
    pending = waiting().filter(~Exists(scores.order_by()))
    if has_run:
        return pending
    return pending.filter(Exists(due.filter(sighting=OuterRef("pk")).order_by()))


def drawn() -> QuerySet[Sighting]:
    """What waits, in the order of the draw."""
    return waiting().order_by(_place())


def is_drawn(sighting: UUID) -> bool:
    """Whether it waits, and is the one that the draw is at."""
    own = waiting().filter(pk=sighting).annotate(place=_place()).values_list("place", flat=True)
    return any(not waiting().filter(LessThan(_place(), place)).exists() for place in own)


def next_page(
    reviewer: User,
    *,
    skipped: Collection[UUID] = (),
    sighting: UUID | None = None,
    uncompared: bool = False,
) -> QueuePage:
    """The next item for this reviewer; `skipped` ones are left for later, and so is what is being compared unless
    `uncompared` asks for that too.

    With `sighting` that one, decided or not, as somebody asked for it: none where it is gone. The one drawn is due
    where fewer than every fifth of what the reviewer did was one. Where it is left for later, the queue goes on, and
    it stays due.
    """
    scorer = Scorer.objects.active()
    threshold = _used(scorer) if scorer else None
    random = Operation.Selection.RANDOM
    own = Operation.objects.filter(actor=reviewer, selection__in=_FROM_QUEUE)
    done = own.exclude(kind__in=_NO_ITEM_DONE).aggregate(
        ever=Count("pk"),
        random=Count("pk", filter=Q(selection=random)),
        stands=Count("pk", filter=Q(undone_by__isnull=True)),
    )
    pool = waiting().exclude(pk__in=list(skipped))
    remaining = pool.count()
    later = being_compared(scorer)
    progress = (remaining, later.count(), done["stands"], scorer, threshold)
    if sighting is not None:
        asked = _read(Sighting.objects.filter(pk=sighting))
        item = _item(asked, Operation.Selection.SEARCH.value, scorer) if asked else None
        return QueuePage(item, *progress)
    if uncompared:
        later = later.none()
    pool = pool.exclude(pk__in=later.values("pk"))
    chosen, selection = None, Operation.Selection.QUEUE
    if remaining and done["random"] < (done["ever"] + 1) // EVERY_RANDOM:
        due = drawn().values_list("pk", flat=True)[:1]
        chosen = _read(pool.filter(pk__in=list(due)))
        selection = random if chosen else selection
    if remaining and chosen is None:
        first = decided(scorer, threshold) if scorer else Decision.objects.none()
        keys = first.exclude(sighting__in=list(skipped)).values_list("sighting", flat=True)[:1]
        # What no run has scored comes last; a person may know it all the same.
        chosen = _read(pool.filter(pk__in=list(keys))) or _read(pool.order_by("pk")[:1])
    item = _item(chosen, selection.value, scorer) if chosen else None
    return QueuePage(item, *progress)


def _used(scorer: Scorer) -> int | None:
    """Score units at which runs assign: by REID_THRESHOLD, else by what a person approved."""
    approved = Threshold.objects.in_force(scorer)
    return threshold_override() or (approved.units if approved else None)


def _place() -> MD5:
    """Where a sighting comes in the draw: nobody who does not know the store's key can tell."""
    secret = salted_hmac("reid.review_queue", "draw").hexdigest()
    return MD5(Concat(Value(secret), Cast("pk", CharField())))


def _read(rows: QuerySet[Sighting]) -> Sighting | None:
    return rows.select_related("encounter__camera").first()


def _item(sighting: Sighting, selection: str, scorer: Scorer | None) -> Item:
    detections = list(
        Detection.objects.filter(sighting=sighting)
        .select_related("image", "deer")
        .order_by("-is_valid", "image__captured_at", "image__path", "x")
    )
    return Item(sighting, selection, detections, candidates.compare(sighting, detections, scorer))
