"""The score log, summed up by the database: exact histograms, never a row of it in Python.

A score is an integer of 0 to 10,000 units, so `GROUP BY score` is an exact summary however long the log
is. Everything here only reads, and says so to the database.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, Sum, Value, When

from reid.models import Detection, EmbeddingSpace, SimilarityScore, Threshold
from reid.models.matching import SCORE_UNITS
from reid.spaces import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

NO_SPACE = "No embedding space is active yet: run identify_detections first."
NOTHING_LOGGED = "No eligible sighting has a score in this space: run identify_detections first."


class AnalysisError(Exception):
    """The analysis cannot be made; the message says what to do."""


class Stratum(StrEnum):
    """What is known of a compared pair, strongest knowledge first; each pair is in exactly one."""

    GENUINE = "genuine"  # the detection's known identity is this deer
    SEX_MISMATCH = "sex mismatch"  # class and sex rule this deer out
    IMPOSTOR = "impostor"  # the detection's known identity is another deer
    UNLABELLED = "unlabelled"


@dataclass(frozen=True, slots=True)
class SightingScores:
    """Eligible sightings by score: `best` and `decoys` count sightings at each score unit, (10001,).

    `eligible` counts them all, also those for which sex rules every compared deer out. A decoy is the best
    score of a labelled sighting against every deer but its own.
    """

    eligible: int
    best: NDArray[np.int64]
    decoys: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ActiveThreshold:
    """The threshold in force, in score units, and where it comes from, for people to read."""

    units: int
    origin: str
    is_approved: bool


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """A block in which the database refuses to write; on PostgreSQL it also sees one moment only.

    On SQLite it opens no transaction: here each one begins with the write lock, for which a report has
    no use.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        # Past Django's cursor, which refuses after an error inside a transaction: the ban must end.
        connection.connection.execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            connection.connection.execute("PRAGMA query_only = OFF")
        return
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        moment = "ISOLATION LEVEL REPEATABLE READ, " if is_outermost else ""
        cursor.execute(f"SET TRANSACTION {moment}READ ONLY")
        yield
        # There is nothing to commit, and rolling back gives an enclosing transaction its writes back.
        transaction.set_rollback(True)


def find_space(name: str = "") -> EmbeddingSpace:
    """The space of that name or start of its fingerprint; the active one where no name is given.

    Raises AnalysisError where there is none, or more than one.
    """
    if name:
        try:
            return find(name)
        except LookupError as error:
            raise AnalysisError(str(error)) from error
    active = EmbeddingSpace.objects.filter(is_active=True).first()
    if active is None:
        raise AnalysisError(NO_SPACE)
    return active


def active_threshold(space: EmbeddingSpace) -> ActiveThreshold:
    """What runs in `space` use; where nothing is approved, the what-if value that never assigns."""
    if settings.REID_THRESHOLD is not None:
        units = round(settings.REID_THRESHOLD * SCORE_UNITS)
        return ActiveThreshold(units, "set by REID_THRESHOLD, unproven", is_approved=True)
    # A record left by an earlier REID_THRESHOLD is withdrawn by the next run: it is in force no more.
    approved = Threshold.objects.filter(space=space, is_active=True).exclude(
        source=Threshold.Source.ENV
    )
    row = approved.select_related("approved_by").first()
    if row is None:
        units = round(settings.REID_WHAT_IF_THRESHOLD * SCORE_UNITS)
        return ActiveThreshold(units, "not approved", is_approved=False)
    proof = "" if row.source == Threshold.Source.ANALYSIS else ", unproven"
    return ActiveThreshold(row.units, f"approved by {row.approved_by}{proof}", is_approved=True)


def _compared(space: EmbeddingSpace) -> QuerySet[SimilarityScore]:
    """The log's rows that count: eligible detections against deer that are not merged away."""
    return SimilarityScore.objects.filter(
        space=space,
        deer__merged_into__isnull=True,
        detection__in=Detection.objects.eligible_in(space),
    )


_KNOWN = Q(
    detection__identity_source__in=[
        Detection.IdentitySource.REVIEWED,
        Detection.IdentitySource.IMPORTED,
    ]
)
_OWN = _KNOWN & Q(detection__deer=F("deer"))


def by_stratum(space: EmbeddingSpace) -> dict[Stratum, NDArray[np.int64]]:
    """How many compared pairs have each score, (10001,) a stratum. One query."""
    rows = (
        _compared(space)
        .annotate(
            stratum=Case(
                When(_OWN, then=Value(Stratum.GENUINE.value)),
                When(sex_match=False, then=Value(Stratum.SEX_MISMATCH.value)),
                When(_KNOWN, then=Value(Stratum.IMPOSTOR.value)),
                default=Value(Stratum.UNLABELLED.value),
            )
        )
        .values_list("stratum", "score")
        .annotate(pairs=Count("pk"))
        .order_by()
    )
    counted: dict[str, list[tuple[int, int]]] = {item: [] for item in Stratum}
    for stratum, score, pairs in rows:
        counted[stratum].append((score, pairs))
    return {item: _histogram(counted[item]) for item in Stratum}


def by_sighting(space: EmbeddingSpace) -> SightingScores:
    """The best score and the decoy score of every eligible sighting, counted by score. One query.

    A sighting's score for a deer is the mean over its detections, halves up; deer that the class of one
    of them rules out are no candidates. What runs decide may differ where animals share a frame or a deer
    was not alive: there an assignment falls away.
    """
    pairs = (
        _compared(space)
        .filter(detection__sighting__isnull=False)
        .annotate(sighting=F("detection__sighting"))
        .values("sighting", "deer")
        .annotate(
            detections=Count("pk"),
            total=Sum("score"),
            allowed=Min(Case(When(sex_match=True, then=1), default=0)),
            is_known=Max(Case(When(_KNOWN, then=1), default=0)),
            is_own=Max(Case(When(_OWN, then=1), default=0)),
        )
        .order_by()
    )
    inner, parameters = pairs.query.sql_with_params()
    # The ORM cannot group what is grouped already. Integer division keeps both databases to the unit.
    statement = f"""
        WITH pair AS ({inner}),
        candidate AS (
            SELECT sighting, is_known, is_own,
                   CASE WHEN allowed = 1 THEN (2 * total + detections) / (2 * detections) END AS score
            FROM pair
        ),
        animal AS (
            SELECT sighting, MAX(is_known) AS is_known, MAX(score) AS best,
                   MAX(CASE WHEN is_own = 0 THEN score END) AS decoy
            FROM candidate GROUP BY sighting
        )
        SELECT 'best', best, COUNT(*) FROM animal GROUP BY best
        UNION ALL
        SELECT 'decoy', decoy, COUNT(*) FROM animal WHERE is_known = 1 GROUP BY decoy
    """  # noqa: S608  # the only text put in is what the ORM compiled, with its parameters apart
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    best = [(score, count) for kind, score, count in rows if kind == "best"]
    decoys = [(score, count) for kind, score, count in rows if kind == "decoy"]
    return SightingScores(
        eligible=sum(count for _, count in best),
        best=_histogram(best),
        decoys=_histogram(decoys),
    )


def _histogram(counted: Iterable[tuple[int | None, int]]) -> NDArray[np.int64]:
    counts = np.zeros(SCORE_UNITS + 1, np.int64)
    for score, count in counted:
        if score is not None:
            counts[score] += count
    return counts
