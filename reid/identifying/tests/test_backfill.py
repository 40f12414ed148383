"""Backfill: which detections, what it logs, what it leaves alone, and where it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, transaction

from reid.embedding.vectors import vectors_of
from reid.identifying import backfill, identify
from reid.identifying.backfill import Part
from reid.models import (
    Decision,
    Detection,
    Embedding,
    EmbeddingSpace,
    Operation,
    ReidRun,
    SimilarityScore,
)
from reid.scoring import write_log
from reid.tests import make
from reid.tests.herds import herd

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db


def whole(run: ReidRun) -> ReidRun:
    while backfill.advance(run.pk):
        pass
    run.refresh_from_db()
    return run


def done(scorer, **part) -> ReidRun:
    return whole(backfill.create_run(scorer, Part(**part)))


def logged() -> list[tuple[object, ...]]:
    rows = SimilarityScore.objects.order_by("detection", "deer")
    return list(rows.values_list("detection", "deer", "score", "matched", "threshold_used"))


def ordered() -> list[UUID]:
    return list(Detection.objects.order_by("pk").values_list("pk", flat=True))


def scored() -> list[UUID]:
    return sorted(SimilarityScore.objects.values_list("detection", flat=True).distinct())


def test_it_logs_what_identification_logs_and_decides_nothing() -> None:
    scorer = herd(20)
    run = done(scorer, batch=7)
    assert (run.state, run.kind) == ("completed", "backfill")
    assert (run.counts["detections"], run.counts["scores"]) == (23, 23 * 3 - 3)
    assert (run.counts["not_comparable"], run.threshold) == (3, None)
    assert run.gallery_fingerprint != ""
    assert not Decision.objects.exists()
    assert not Operation.objects.exists()
    by_backfill = logged()
    SimilarityScore.objects.all().delete()
    other = identify.create_run(scorer)
    while identify.advance(other.pk):
        pass
    assert logged() == by_backfill


def test_the_second_ten_are_the_second_ten() -> None:
    scorer = herd(30)
    keys = ordered()
    run = done(scorer, offset=10, limit=10, batch=4)
    assert scored() == keys[10:20]
    assert run.counts["detections"] == 10
    assert done(scorer, offset=30, limit=10).counts["detections"] == 3
    assert scored() == keys[10:20] + keys[30:]
    assert "detections" not in done(scorer, offset=33).counts
    assert backfill.total(Part(limit=10, offset=10)) == 10
    assert backfill.total(Part(limit=10, offset=30)) == 3
    assert backfill.total(Part(offset=40)) == 0


def test_only_identifiable_detections_of_sightings_are_looked_at() -> None:
    scorer = herd(4)
    probes = list(Detection.objects.filter(is_reference=False).order_by("pk"))
    Detection.objects.filter(pk=probes[0].pk).update(classification="cattle")
    Detection.objects.filter(pk=probes[1].pk).update(is_valid=False)
    Detection.objects.filter(pk=probes[2].pk).update(sighting=None)
    assert done(scorer).counts["detections"] == 4
    assert probes[3].pk in scored()


def test_repeating_it_rewrites_nothing() -> None:
    scorer = herd(5)
    first = done(scorer)
    done(scorer)
    assert set(SimilarityScore.objects.values_list("run", flat=True)) == {first.pk}


def test_the_machines_choice_stays_marked_with_its_threshold() -> None:
    scorer = herd(1)
    probe = Detection.objects.get(is_reference=False)
    deer = make.deer()
    reference = make.detection(deer=deer, is_reference=True)
    vector = Embedding.objects.get(detection=probe).vector
    Embedding.objects.create(detection=reference, space=scorer.vectors, vector=vector)
    make.score(probe, deer, 7000, make.run(scorer), matched=True, threshold_used=6500)
    run = done(scorer)
    row = SimilarityScore.objects.get(detection=probe, deer=deer)
    assert (row.score, row.matched, row.threshold_used, row.run) == (10_000, True, 6500, run)
    assert not SimilarityScore.objects.exclude(pk=row.pk).filter(matched=True).exists()


def test_stale_detections_are_stale_no_longer() -> None:
    scorer = herd(3)
    Detection.objects.update(scores_stale=True)
    done(scorer)
    assert not Detection.objects.filter(scores_stale=True).exists()


def test_a_batch_that_cannot_be_logged_is_counted_and_its_detections_stay_stale(
    monkeypatch,
) -> None:
    scorer = herd(3)

    def full(*_: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(write_log, "write", full)
    run = done(scorer)
    assert (run.state, run.counts["log_failures"]) == ("completed", 1)
    assert Detection.objects.filter(scores_stale=True).count() == 6


def test_another_space_is_filled_beside_the_first_and_they_never_mix() -> None:
    first = herd(4)
    done(first)
    before = list(SimilarityScore.objects.order_by("pk").values())
    second = make.scorer(2, is_active=False)
    for number, detection in enumerate(Detection.objects.order_by("pk")):
        make.embedding(detection, second, 1, number)
    done(second)
    of_first = SimilarityScore.objects.filter(scorer=first)
    assert list(of_first.order_by("pk").values()) == before
    assert SimilarityScore.objects.filter(scorer=second).count() == len(before)
    one = SimilarityScore.objects.filter(scorer=second)[0]
    reference = Detection.objects.get(deer=one.deer, is_reference=True)
    vectors = vectors_of([one.detection, reference], second.vectors)
    cosine = float(vectors[one.detection_id] @ vectors[reference.pk])
    assert one.score == round(cosine * 10_000)


def test_a_dry_run_counts_the_same_and_writes_nothing(monkeypatch) -> None:
    scorer = herd(20)
    Embedding.objects.filter(detection=Detection.objects.filter(is_reference=False)[:1]).delete()
    written: list[int] = []
    whole_write = write_log.write

    def watched(rows, *given) -> None:
        rows = list(rows)
        written.append(len(rows))
        whole_write(rows, *given)

    monkeypatch.setattr(write_log, "write", watched)
    seen: list[int] = []
    counts = backfill.rehearse(scorer, Part(offset=3, limit=15, batch=10), seen.append)
    assert (counts["detections"], counts["scores"]) == (15, sum(written))
    assert seen == [10, 5]
    assert counts["compared"] + counts["to_embed"] == 15
    assert not SimilarityScore.objects.exists()
    assert not ReidRun.objects.exists()
    assert not Detection.objects.filter(scores_stale=True).exists()


@pytest.mark.parametrize("state", ["failed", "cancelled", "running"])
def test_an_interrupted_backfill_goes_on_where_it_stopped(state) -> None:
    scorer = herd(20)
    run = backfill.create_run(scorer, Part(limit=20, offset=1, batch=5))
    assert backfill.advance(run.pk)
    ReidRun.objects.update(state=state, error="x", cancel_requested=state == "cancelled")
    reopened = backfill.reopen(scorer)
    assert reopened == run
    whole(run)
    assert (run.state, run.error, run.counts["detections"]) == ("completed", "", 20)
    assert scored() == ordered()[1:21]
    assert backfill.reopen(scorer) is None


def test_only_the_latest_backfill_of_the_space_is_reopened() -> None:
    scorer = herd(1)
    make.run(scorer, state="failed")  # an identification
    assert backfill.reopen(scorer) is None
    backfill.create_run(make.scorer(2, is_active=False), Part())
    assert backfill.reopen(scorer) is None
    assert backfill.reopen(None) is not None


def test_a_batch_that_another_worker_did_is_not_done_twice(monkeypatch) -> None:
    """The other worker commits between this one's look at the cursor and its transaction."""
    scorer = herd(10)
    run = backfill.create_run(scorer, Part(batch=5))
    real = backfill._next
    interfered: list[bool] = []

    def meanwhile(seen):
        found = real(seen)
        if not interfered:
            interfered.append(True)
            assert backfill.advance(run.pk)
        return found

    monkeypatch.setattr(backfill, "_next", meanwhile)
    assert whole(run).counts["detections"] == 13


def test_queries_do_not_grow_with_the_batch(django_assert_max_num_queries) -> None:
    run = backfill.create_run(herd(60), Part(batch=30))
    assert backfill.advance(run.pk)
    with django_assert_max_num_queries(26):
        assert backfill.advance(run.pk)


def test_what_stops_being_a_deer_between_the_look_and_the_lock_is_left_out() -> None:
    scorer = herd(2)
    run = backfill.create_run(scorer, Part())
    keys = ordered()
    Detection.objects.filter(pk=keys[0]).update(classification="cattle")
    with transaction.atomic():
        counts = backfill._log(keys, run, scorer).counts
    assert (counts["detections"], counts["compared"]) == (5, 4)
    assert keys[0] not in scored()


def test_only_a_backfill_of_everything_looks_for_missing_photographs_again(monkeypatch) -> None:
    looked: list[EmbeddingSpace] = []
    monkeypatch.setattr(
        "reid.identifying.run_lifecycle.embedding.forget_curable_skips", looked.append
    )
    scorer = herd(1)
    done(scorer, limit=1)
    done(scorer, offset=1)
    assert looked == []
    done(scorer)
    assert looked == [scorer.vectors]
