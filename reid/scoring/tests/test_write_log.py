"""Bulk write of the score log, on whichever database the suite runs."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reid.models import SimilarityScore
from reid.scoring import write_log
from reid.scoring.write_log import ScoreRow
from reid.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    scorer = make.scorer()
    return make.detection(), make.deer(), make.run(scorer)


def row(detection, deer, score: int = 5000, **fields) -> ScoreRow:
    base = ScoreRow(detection.pk, deer.pk, "f" * 16, score, True, False, None, "doe", "unknown")
    return base._replace(**fields)


def write(rows, run) -> None:
    write_log.write(rows, run.scorer, run, timezone.now())


def test_a_row_is_written_whole(pair) -> None:
    detection, deer, run = pair
    at = timezone.now()
    line = row(detection, deer, 7001, matched=True, threshold_used=7000, sex_match=False)
    write_log.write([line], run.scorer, run, at)
    stored = SimilarityScore.objects.get()
    assert (stored.detection, stored.deer, stored.scorer, stored.run) == (
        *pair[:2],
        run.scorer,
        run,
    )
    assert (stored.score, stored.threshold_used, stored.calculated_at) == (7001, 7000, at)
    assert (stored.matched, stored.sex_match) == (True, False)
    assert (stored.gallery_fingerprint, stored.deer_sex) == ("f" * 16, "unknown")
    assert stored.detection_classification == "doe"


@pytest.mark.parametrize(
    "change",
    [
        {"score": 5001},
        {"matched": True},
        {"threshold_used": 5000},
        {"gallery_fingerprint": "e" * 16},
        {"sex_match": False},
        {"detection_classification": "fawn"},
        {"deer_sex": "doe"},
    ],
)
def test_only_a_row_that_differs_is_rewritten(pair, change) -> None:
    detection, deer, run = pair
    write([row(detection, deer)], run)
    again = make.run(run.scorer)
    write([row(detection, deer)], again)
    assert SimilarityScore.objects.get().run == run
    write([row(detection, deer, **change)], again)
    stored = SimilarityScore.objects.get()
    assert stored.run == again
    assert {name: getattr(stored, name) for name in change} == change


def test_all_rows_or_none(pair) -> None:
    detection, deer, run = pair
    with pytest.raises(DatabaseError), transaction.atomic():
        write([row(detection, deer), row(detection, make.deer(), 10_001)], run)
    assert not SimilarityScore.objects.exists()
    write([row(detection, deer)], run)  # what was staged in vain is out of the way
    assert SimilarityScore.objects.get().score == row(detection, deer).score


def test_two_writes_in_one_transaction(pair) -> None:
    detection, deer, run = pair
    write([row(detection, deer)], run)
    write([row(detection, make.deer())], run)
    assert SimilarityScore.objects.count() == 2


def test_the_number_of_statements_does_not_grow_with_the_rows(pair) -> None:
    detection, _, run = pair
    counts = []
    for number in (1, 30):
        deer = [make.deer() for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            write([row(detection, item) for item in deer], run)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_is_no_longer_compared_is_forgotten(pair) -> None:
    detection, compared, run = pair
    dropped, own, merged = make.deer(), make.deer(), make.deer(merged_into=compared)
    other = make.detection()
    for deer in (compared, dropped, own, merged):
        make.score(detection, deer, 100, run)
        make.score(other, deer, 100, run)
    gone = write_log.forget(
        [detection.pk], run.scorer, [compared.pk, own.pk], [(detection.pk, own.pk)]
    )
    assert gone == 2
    left = SimilarityScore.objects.filter(detection=detection).values_list("deer", flat=True)
    assert set(left) == {compared.pk, merged.pk}
    assert SimilarityScore.objects.filter(detection=other).count() == 4
