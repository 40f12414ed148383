"""The score log as exact histograms, and what every analysis begins with: a space, its threshold, no writing.

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
from django.db.models import Case, Count, F, Q, Value, When

from analysis.sighting_log import SightingLog, read_log
from analysis.sightings import Period
from analysis.trials import NOT_COMPARED
from reid import planner
from reid.models import Detection, EmbeddingSpace, SimilarityScore, Threshold
from reid.models.matching import SCORE_UNITS
from reid.spaces import find
from reid.thresholds import PROVEN, proof_of

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
        with planner.whole():
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
    row = approved.select_related("approved_by", "space").first()
    if row is None:
        units = round(settings.REID_WHAT_IF_THRESHOLD * SCORE_UNITS)
        return ActiveThreshold(units, "not approved", is_approved=False)
    proof = proof_of(row)
    doubt = "" if proof == PROVEN else f", {proof}"
    return ActiveThreshold(row.units, f"approved by {row.approved_by}{doubt}", is_approved=True)


_KNOWN = Q(
    detection__identity_source__in=[
        Detection.IdentitySource.REVIEWED,
        Detection.IdentitySource.IMPORTED,
    ]
)
_OWN = _KNOWN & Q(detection__deer=F("deer"))


def by_stratum(
    space: EmbeddingSpace, period: Period | None = None
) -> dict[Stratum, NDArray[np.int64]]:
    """How many compared pairs have each score, (10001,) a stratum. One query."""
    rows = (
        SimilarityScore.objects.of_eligible(space)
        .filter((period or Period()).of("detection__image__captured_at"))
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


def by_sighting(space: EmbeddingSpace, period: Period | None = None) -> SightingScores:
    """The best score and the decoy score of every eligible sighting, counted by score."""
    return score_histograms(read_log(space, period))


def score_histograms(log: SightingLog) -> SightingScores:
    """The same, of a log that has been read."""
    decoys = log.trials.decoys
    return SightingScores(
        eligible=len(log.best_of_all),
        best=_counted(log.best_of_all[log.best_of_all > NOT_COMPARED]),
        decoys=_counted(decoys[decoys > NOT_COMPARED]),
    )


def _counted(scores: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.bincount(scores, minlength=SCORE_UNITS + 1).astype(np.int64)


def _histogram(counted: Iterable[tuple[int | None, int]]) -> NDArray[np.int64]:
    counts = np.zeros(SCORE_UNITS + 1, np.int64)
    for score, count in counted:
        if score is not None:
            counts[score] += count
    return counts
