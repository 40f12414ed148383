"""Scan of the score log: the scores of eligible sightings as blocks of arrays, read once for every analysis.

The database packs the scores of a detection into one value, so that Python sees as many rows as there are
detections, however many deer each of them was compared with. Detections come in the order of their sightings,
so that memory holds one block and does not grow with the log.
"""

from __future__ import annotations

from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import BinaryField, OuterRef, Subquery, TextField
from django.db.models.expressions import RawSQL

from analysis.score_log.trials import NOT_COMPARED
from reid.models import Deer, Detection, SimilarityScore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from analysis.score_log.facts import CapturePeriod
    from reid.models import DetectionQuerySet, Scorer

SIGHTINGS: Final = 1000
"""Sightings a block."""

Block = tuple[list[UUID], "NDArray[np.int32]"]
"""Sightings and their scores (n, n_deer) in score units, NOT_COMPARED where there is none."""
_Row = tuple[UUID, "NDArray[np.int32]"]

# One subquery a detection, since PostgreSQL would sort ten million rows to group them, or hash them to disk.
_OF_DETECTION: Final = (
    "(SELECT {packed} FROM (SELECT deer_id, score FROM {scores} "
    "WHERE detection_id = {detections}.id AND scorer_id = %s ORDER BY deer_id) one)"
)
_SCORES: Final = {
    "postgresql": "string_agg(int2send(score), ''::bytea)",
    "sqlite": "group_concat(score)",
}
_DEER: Final = {
    "postgresql": "string_agg(uuid_send(deer_id), ''::bytea)",
    "sqlite": "group_concat(deer_id)",
}


def compared_deer(scorer: Scorer) -> list[Deer]:
    """Deer with a score by the scorer, merged ones too, in the gallery's order, which breaks ties.

    Call within `reid.db.query_plans.by_index`.
    """
    logged = SimilarityScore.objects.filter(scorer=scorer, deer=OuterRef("pk"))
    # A subquery a deer: of an EXISTS PostgreSQL makes a join with the whole log.
    deer = Deer.objects.annotate(logged=Subquery(logged.values("pk")[:1]))
    return sorted(deer.filter(logged__isnull=False), key=lambda item: str(item.pk))


def score_blocks(
    scorer: Scorer, period: CapturePeriod, deer: Sequence[Deer], *, labelled: bool = False
) -> Iterator[Block]:
    """Every eligible sighting's scores for those of `deer` that are not merged: means over its detections.

    With `labelled` those alone of which a detection is known.

    `deer` are all compared ones, as `compared_deer` gives them; columns keep their order. Halves are rounded
    up. Call within `reid.db.query_plans.by_index`, which must last until the last block is read.
    """
    eligible = (
        Detection.objects.comparable_in(scorer)
        .filter(period.of("image__captured_at"), sighting__isnull=False)
        .order_by("sighting")
    )
    if labelled:
        eligible = eligible.filter(sighting__in=Detection.objects.known().values("sighting"))
    is_column = np.array([item.merged_into_id is None for item in deer], np.bool_)
    if not is_column.any():
        return
    pick = _Columns([item.pk for item in deer if item.merged_into_id is None])
    if connection.vendor != "postgresql":
        yield from _stacked(_listed(eligible, scorer, pick))
        return
    incomplete: list[UUID] = []
    yield from _complete(eligible, scorer, is_column, incomplete)
    yield from _stacked(_listed(eligible.filter(sighting__in=incomplete), scorer, pick))


class _Columns:
    """Columns of deer; few sets of deer occur, so that each list of keys is read once."""

    def __init__(self, deer: Sequence[UUID]) -> None:
        self.deer = deer
        self._of = {key: column for column, key in enumerate(deer)}
        self._known: dict[bytes | str, NDArray[np.int64]] = {}

    def of(self, keys: bytes | str) -> NDArray[np.int64]:
        """Column of each key, -1 for others."""
        if keys not in self._known:
            deer = (
                [UUID(text) for text in keys.split(",")]
                if isinstance(keys, str)
                else [UUID(bytes=keys[at : at + 16]) for at in range(0, len(keys), 16)]
            )
            self._known[keys] = np.array([self._of.get(key, -1) for key in deer], np.int64)
        return self._known[keys]


def _complete(
    eligible: DetectionQuerySet,
    scorer: Scorer,
    is_column: NDArray[np.bool_],
    incomplete: list[UUID],
) -> Iterator[Block]:
    """Blocks of sightings compared with every deer, where no key is needed; the others go to `incomplete`."""
    rows = eligible.values_list("sighting", _packed(_SCORES, scorer))
    whole = 2 * len(is_column)
    sightings: list[UUID] = []
    starts: list[int] = []
    packed_scores: list[bytes] = []

    def block() -> Block:
        matrix = np.frombuffer(b"".join(packed_scores), ">i2").reshape(-1, len(is_column))[
            :, is_column
        ]
        sums = np.add.reduceat(matrix, starts, axis=0, dtype=np.int32)
        counts = np.diff([*starts, len(packed_scores)])[:, None]
        result = list(sightings), ((2 * sums + counts) // (2 * counts)).astype(np.int32)
        for item in (sightings, starts, packed_scores):
            item.clear()
        return result

    for sighting, of_sighting in groupby(rows.iterator(SIGHTINGS), key=itemgetter(0)):
        scores = [packed for _, packed in of_sighting if packed]
        if any(len(packed) != whole for packed in scores):
            incomplete.append(sighting)
        elif scores:
            sightings.append(sighting)
            starts.append(len(packed_scores))
            packed_scores += scores
            if len(sightings) == SIGHTINGS:
                yield block()
    if sightings:
        yield block()


def _listed(eligible: DetectionQuerySet, scorer: Scorer, pick: _Columns) -> Iterator[_Row]:
    """Sightings compared with some of the deer, matched to columns by their keys."""
    rows = eligible.values_list("sighting", _packed(_DEER, scorer), _packed(_SCORES, scorer))
    for sighting, of_sighting in groupby(rows.iterator(SIGHTINGS), key=itemgetter(0)):
        totals, counts = np.zeros((2, len(pick.deer)), np.int64)
        for _, deer, packed in of_sighting:
            if deer:
                columns = pick.of(deer)
                scores = (
                    np.array(packed.split(","), np.int64)
                    if isinstance(packed, str)
                    else np.frombuffer(packed, ">i2")
                )
                totals[columns[columns >= 0]] += scores[columns >= 0]
                counts[columns[columns >= 0]] += 1
        if counts.any():
            means = (2 * totals + counts) // np.maximum(2 * counts, 1)
            yield sighting, np.where(counts > 0, means, NOT_COMPARED).astype(np.int32)


def _stacked(rows: Iterator[_Row]) -> Iterator[Block]:
    while some := list(islice(rows, SIGHTINGS)):
        yield [sighting for sighting, _ in some], np.stack([scores for _, scores in some])


def _packed(what: dict[str, str], scorer: Scorer) -> RawSQL:
    sql = _OF_DETECTION.format(
        packed=what[connection.vendor],
        scores=SimilarityScore._meta.db_table,
        detections=Detection._meta.db_table,
    )
    key = SimilarityScore._meta.get_field("scorer").get_db_prep_value(scorer.pk, connection)
    output = BinaryField() if connection.vendor == "postgresql" else TextField()
    return RawSQL(sql, [key], output_field=output)  # noqa: S611 - names of our own tables
