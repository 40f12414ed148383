"""The log of similarity scores: one bulk write that leaves unchanged rows alone.

A row is rewritten only where something in it differs. A repeated run therefore writes nothing, and
`run` and `calculated_at` name the run that found what the row says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connection, transaction

from reid.models import SimilarityScore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.backends.utils import CursorWrapper

    from reid.models import ReidRun, Scorer

_KEY: Final = ("detection_id", "deer_id", "scorer_id")
_CONTENT: Final = (
    "gallery_fingerprint",
    "score",
    "sex_match",
    "matched",
    "threshold_used",
    "detection_classification",
    "deer_sex",
)
_ORIGIN: Final = ("run_id", "calculated_at")
COLUMNS: Final = (*_KEY, *_CONTENT, *_ORIGIN)
_STAGING: Final = "reid_score_staging"


class ScoreRow(NamedTuple):
    """One compared pair; `score` and `threshold_used` in score units."""

    detection: UUID
    deer: UUID
    gallery_fingerprint: str
    score: int
    sex_match: bool
    matched: bool
    threshold_used: int | None
    detection_classification: str
    deer_sex: str


def write(rows: Iterable[ScoreRow], scorer: Scorer, run: ReidRun, calculated_at: datetime) -> None:
    """Insert or update the rows, all or none. Raises DatabaseError, and then nothing is written.

    The rows go into a temporary table, by COPY on PostgreSQL, and on by one INSERT .. ON CONFLICT. One for
    each row would be twice as slow on SQLite: since the update names `run`, a foreign key, SQLite saves every
    page of every index before each of these statements, in case it had to take that one row back.
    """
    columns = ", ".join(COLUMNS)
    # Whoever goes on after a failure has made the savepoint: a second one costs SQLite pages copied twice.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {_STAGING} AS "  # noqa: S608
            f"SELECT {columns} FROM {SimilarityScore._meta.db_table} LIMIT 0"
        )
        _stage(cursor, _values(rows, scorer, run, calculated_at))
        # One order for all writers: two upserts that meet wait for each other, never in a circle.
        cursor.execute(_upsert())
        cursor.execute(f"DROP TABLE {_STAGING}")


def forget(
    detections: Sequence[UUID],
    scorer: Scorer,
    compared: Iterable[UUID],
    not_comparable: Iterable[tuple[UUID, UUID]],
) -> int:
    """Delete rows that no longer stand for a comparison; the number deleted.

    Those are rows of `detections` with a deer outside `compared` (its references were dropped), and the
    (detection, deer) pairs of `not_comparable`. Rows of merged deer stay: they are history, never counted.
    """
    logged = SimilarityScore.objects.filter(detection__in=detections, scorer=scorer)
    rows = logged.filter(deer__merged_into__isnull=True).exclude(deer__in=list(compared))
    deleted, _ = rows.delete()
    pairs = set(not_comparable)
    if pairs:
        candidates = logged.filter(
            detection__in={detection for detection, _ in pairs},
            deer__in={deer for _, deer in pairs},
        )
        stale = [
            pk
            for pk, *pair in candidates.values_list("pk", "detection_id", "deer_id")
            if tuple(pair) in pairs
        ]
        deleted += SimilarityScore.objects.filter(pk__in=stale).delete()[0]
    return deleted


def _upsert() -> str:
    table = SimilarityScore._meta.db_table
    columns = ", ".join(COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in (*_CONTENT, *_ORIGIN))
    # SQLite learned the standard's words in 3.39 only, and PostgreSQL never learned SQLite's.
    differ = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    differs = " OR ".join(f"{table}.{name} {differ} excluded.{name}" for name in _CONTENT)
    # Without a WHERE SQLite takes the ON of ON CONFLICT for the condition of a join.
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_STAGING} WHERE true "  # noqa: S608
        f"ORDER BY detection_id, deer_id ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {updates} WHERE {differs}"
    )


def _stage(cursor: CursorWrapper, values: Iterable[Sequence[Any]]) -> None:
    columns = ", ".join(COLUMNS)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {_STAGING} ({columns}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
    else:
        marks = ", ".join(["%s"] * len(COLUMNS))
        cursor.executemany(
            f"INSERT INTO {_STAGING} ({columns}) VALUES ({marks})",  # noqa: S608
            list(values),
        )


def _values(
    rows: Iterable[ScoreRow], scorer: Scorer, run: ReidRun, calculated_at: datetime
) -> Iterator[tuple[Any, ...]]:
    native = connection.features.has_native_uuid_field
    scorer_id, run_id = (item if native else item.hex for item in (scorer.pk, run.pk))
    moment = connection.ops.adapt_datetimefield_value(calculated_at)
    if native:
        for detection, deer, *content in rows:
            yield (detection, deer, scorer_id, *content, run_id, moment)
        return
    # Rows come by detection, and the deer are the same for all: each key is written out once.
    texts: dict[UUID, str] = {}
    last, text = None, ""
    for detection, deer, *content in rows:
        if detection is not last:
            last, text = detection, detection.hex
        of_deer = texts.get(deer) or texts.setdefault(deer, deer.hex)
        yield (text, of_deer, scorer_id, *content, run_id, moment)
