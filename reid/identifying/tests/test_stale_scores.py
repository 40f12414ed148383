"""Stale scores: found, marked and computed again after a change of the gallery."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reid import jobs, reviewing
from reid.identifying import backfill, identify, run_workers, stale_scores
from reid.matching.similarity import deer_fingerprint
from reid.matching.stored_gallery import load_gallery
from reid.models import Deer, Detection, Operation, ReidRun, SimilarityScore
from reid.scoring import stale_marks
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_checked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale_scores, "_checked", None)


@pytest.fixture
def scorer():
    return make.scorer()


def embedded(scorer, *vector: float, **fields) -> Detection:
    detection = sighting(**fields).detections.get()
    make.embedding(detection, scorer, *vector)
    return detection


def stale() -> set[Detection]:
    return set(Detection.objects.filter(scores_stale=True))


def later(**by: float) -> None:
    """Let everything that happened so far be so long ago."""
    ago = timezone.now() - timedelta(**by)
    Operation.objects.update(created_at=ago)
    ReidRun.objects.update(started_at=ago, finished_at=ago)


def test_only_rows_of_another_gallery_are_outdated(scorer, settings) -> None:
    oak, elm, gone = (
        make.deer("Oak"),
        make.deer("Elm"),
        make.deer("merged", merged_into=make.deer()),
    )
    run = make.run(scorer)
    of_oak = embedded(scorer, 1, 0, 0, 0, deer=oak, is_reference=True)
    of_elm = embedded(scorer, 0, 1, 0, 0, deer=elm, is_reference=True)
    now = {
        oak: deer_fingerprint([of_oak.pk], settings.REID_PROFILE_SCORE),
        elm: deer_fingerprint([of_elm.pk], settings.REID_PROFILE_SCORE),
        gone: "0" * 16,
    }
    fresh, older = embedded(scorer, 1, 1, 0, 0), embedded(scorer, 1, 2, 0, 0)
    for detection in (fresh, older):
        for deer, fingerprint in now.items():
            make.score(detection, deer, 5000, run, gallery_fingerprint=fingerprint)
    older.scores.filter(deer=oak).update(gallery_fingerprint="f" * 16)
    assert stale_scores.mark_outdated(scorer) == 1
    assert stale() == {older}
    # The same gallery is not looked through again.
    with CaptureQueriesContext(connection) as captured:
        assert stale_scores.mark_outdated(scorer) == 0
    assert not any("similarityscore" in query["sql"] for query in captured)
    # A deer that was dropped from the gallery has rows that stand for nothing now.
    Detection.objects.filter(pk=of_elm.pk).update(is_reference=False)
    assert stale_scores.mark_outdated(scorer) == 1
    assert stale() == {older, fresh}


def test_of_several_galleries_only_todays_is_up_to_date(scorer, settings) -> None:
    """Whether today's fingerprint sorts before, between or after the others."""
    oak = make.deer()
    reference = embedded(scorer, 1, 0, 0, 0, deer=oak, is_reference=True)
    now = deer_fingerprint([reference.pk], settings.REID_PROFILE_SCORE)
    run = make.run(scorer)
    scored = {}
    for fingerprint in ("0" * 16, now, "f" * 16):
        scored[fingerprint] = embedded(scorer, 1, 1, 0, 0)
        make.score(scored[fingerprint], oak, 5000, run, gallery_fingerprint=fingerprint)
    assert stale_scores.mark_outdated(scorer) == 2
    assert stale() == {scored["0" * 16], scored["f" * 16]}


def test_a_deer_without_scores_makes_every_detection_outdated(scorer) -> None:
    embedded(scorer, 1, 0, 0, 0, deer=make.deer(), is_reference=True)
    embedded(scorer, 1, 1, 0, 0)
    embedded(scorer, 1, 1, 0, 0, classification="person")
    sighting()  # not embedded: nothing of it is outdated
    assert stale_scores.mark_outdated(scorer) == 2


@pytest.mark.usefixtures("redis_client")
def test_a_review_is_followed_by_a_run_that_scores_what_it_changed(scorer) -> None:
    probe, of = embedded(scorer, 1, 0, 0, 0), sighting()
    make.embedding(of.detections.get(), scorer, 0.6, 0.8, 0, 0)
    reviewing.new_deer(sighting=of.pk, name="Oak", versions=seen(of), actor=reviewer())
    assert jobs.rescore() is None  # somebody is still at it
    later(seconds=21)
    run = jobs.rescore()
    assert run is not None
    assert jobs.rescore() == run  # one run for all that changed
    jobs.identify(run)
    assert ReidRun.objects.get(pk=run).state == ReidRun.State.COMPLETED
    assert SimilarityScore.objects.get(detection=probe).score == 6000
    assert stale() == set()
    later(seconds=21)
    assert jobs.rescore() is None


def never_compared(with_deer: Deer) -> set[Detection]:
    """What has no score for the deer, though nothing stands in the way."""
    rows = Detection.objects.exclude(is_reference=True).exclude(scores__deer=with_deer)
    return set(rows)


@pytest.mark.parametrize("kind", [identify, backfill])
def test_a_deer_that_is_enrolled_between_two_chunks_is_compared_with_those_before_too(
    scorer, monkeypatch, kind
) -> None:
    """The first chunk that knows it leaves scores, by which it looks compared with everything."""
    monkeypatch.setattr(identify, "CHUNK", 1)
    embedded(scorer, 1, 0, 0, 0, deer=make.deer("Oak"), is_reference=True)
    for _ in range(4):
        embedded(scorer, 1, 1, 0, 0)
    scope = identify.IdentifyScope() if kind is identify else backfill.Part(batch=1)
    run = kind.create_run(scorer, scope)
    for _ in range(3):
        assert kind.advance(run.pk)
    elm = make.deer("Elm")
    embedded(scorer, 0, 1, 0, 0, deer=elm, is_reference=True)
    while kind.advance(run.pk):
        pass
    assert elm.scores.exists()
    assert never_compared(elm)
    assert never_compared(elm) <= stale()


def test_a_reference_that_comes_back_between_two_chunks_is_missed_nowhere(
    scorer, monkeypatch
) -> None:
    """Its fingerprint is that of before, so that no row tells."""
    monkeypatch.setattr(identify, "CHUNK", 1)
    embedded(scorer, 1, 0, 0, 0, deer=make.deer("Oak"), is_reference=True)
    elm = make.deer("Elm")
    reference = embedded(scorer, 0, 1, 0, 0, deer=elm, is_reference=True)
    for _ in range(4):
        embedded(scorer, 1, 1, 0, 0)
    whole, run = identify.create_run(scorer), identify.create_run(scorer)
    while identify.advance(whole.pk):
        pass
    Detection.objects.filter(pk=reference.pk).update(is_reference=False)
    for _ in range(3):
        assert identify.advance(run.pk)
    Detection.objects.filter(pk=reference.pk).update(is_reference=True)
    while identify.advance(run.pk):
        pass
    assert never_compared(elm)
    assert never_compared(elm) <= stale()


def test_a_deer_that_is_enrolled_while_the_last_chunk_is_done_is_missed_nowhere(
    scorer, monkeypatch
) -> None:
    monkeypatch.setattr(identify, "CHUNK", 1)
    embedded(scorer, 1, 0, 0, 0, deer=make.deer("Oak"), is_reference=True)
    for _ in range(3):
        embedded(scorer, 1, 1, 0, 0)
    run, elm, looked = identify.create_run(scorer), make.deer("Elm"), stale_marks.mark_behind
    looks = 0

    def then_somebody_enrols(*arguments) -> str:
        nonlocal looks
        gallery, looks = looked(*arguments), looks + 1
        if looks == 4:
            embedded(scorer, 0, 1, 0, 0, deer=elm, is_reference=True)
            Detection.objects.filter(deer=elm).update(sighting=None)  # not a chunk of its own
        return gallery

    monkeypatch.setattr(stale_marks, "mark_behind", then_somebody_enrols)
    while identify.advance(run.pk):
        pass
    assert elm.scores.exists()
    assert never_compared(elm)
    assert never_compared(elm) <= stale()


def test_a_pause_is_not_waited_for_for_ever(scorer) -> None:
    make.run(scorer, state="completed", started_at=timezone.now() - timedelta(minutes=6))
    Operation.objects.create(kind="confirm", actor=reviewer())
    assert stale_scores.is_due(scorer)


@pytest.mark.parametrize(
    "fields", [{"state": "failed"}, {"state": "completed", "counts": {"log_failures": 1}}]
)
def test_what_failed_is_not_repeated_at_once(scorer, fields) -> None:
    make.run(scorer, finished_at=timezone.now(), **fields)
    assert not stale_scores.is_due(scorer)
    later(minutes=11)
    assert stale_scores.is_due(scorer)


def test_nothing_is_done_without_a_space_or_about_what_cannot_be_embedded() -> None:
    assert jobs.rescore() is None
    scorer = make.scorer()
    skipped = sighting().detections.get()
    Detection.objects.update(scores_stale=True)
    assert set(Detection.objects.due_for(scorer)) == {skipped}
    skipped.skips.create(space=scorer.vectors, reason="too_small")
    assert jobs.rescore() is None


def test_a_store_that_was_never_identified_is_once_a_person_says_that_an_animal_is_a_deer(
    monkeypatch,
) -> None:
    started: list[ReidRun] = []
    monkeypatch.setattr(run_workers, "start", started.append)
    of = sighting(classification="animal")
    reviewing.correct_class(versions=seen(of), classification="doe", actor=reviewer())
    assert jobs.rescore() is None  # reviewers pause first
    later(seconds=21)
    assert jobs.rescore() is not None
    assert [run.scorer for run in started] == [None]


def test_what_review_changes_is_marked_at_once() -> None:
    of = sighting()
    other = sighting(image=of.detections.get().image, x=150)
    make.detection(sighting=other, classification="person")
    reviewing.invalidate(versions=seen(of), actor=reviewer())
    assert {one.effective_class for one in stale()} == {"doe"}
    assert {one.sighting for one in stale()} == {other}


def test_another_sex_makes_what_was_compared_with_the_deer_outdated(scorer) -> None:
    oak, run = make.deer("Oak"), make.run(scorer)
    compared, other = embedded(scorer, 1, 0, 0, 0), embedded(scorer, 0, 1, 0, 0)
    make.score(compared, oak, 5000, run)
    make.score(other, make.deer(), 5000, run)
    assert stale_marks.mark_compared_with(oak) == 1
    assert stale() == {compared}


def test_the_command_for_stale_scores_looks_for_them_first(scorer) -> None:
    probe = embedded(scorer, 1, 0, 0, 0)
    embedded(scorer, 0.6, 0.8, 0, 0, deer=make.deer("Oak"), is_reference=True)
    call_command("identify_detections", "--stale", stdout=StringIO(), stderr=StringIO())
    assert SimilarityScore.objects.get(detection=probe).score == 6000
    assert stale() == set()


def test_another_flank_of_a_reference_is_another_gallery(scorer) -> None:
    oak = make.deer("Oak")
    known = embedded(scorer, 1, 0, 0, 0, deer=oak, is_reference=True, flank="left")
    probe = embedded(scorer, 1, 0, 0, 0)
    gallery = load_gallery(scorer)
    make.score(probe, oak, 9000, make.run(scorer), gallery_fingerprint=gallery.deer_fingerprints[0])
    assert stale_scores.mark_outdated(scorer) == 0
    reviewing.set_flank(versions={known.pk: 0}, flanks={known.pk: "right"}, actor=reviewer())
    assert load_gallery(scorer).fingerprint != gallery.fingerprint
    assert stale_scores.mark_outdated(scorer) == 1
    assert probe in stale()


def test_antler_seasons_outdate_what_was_compared_with_bucks_and_nothing_else(settings) -> None:
    scorer, buck, doe = make.scorer(2), make.deer(sex="buck"), make.deer(sex="doe")
    for deer in (buck, doe):
        make.embedding(make.detection(deer=deer, is_reference=True), scorer, 1, 0)
    gallery = load_gallery(scorer)
    prints = dict(zip(gallery.deer, gallery.deer_fingerprints, strict=True))
    run, compared = make.run(scorer), {}
    for deer in (buck, doe):
        compared[deer] = make.detection(classification="unknown_deer")
        make.embedding(compared[deer], scorer, 1, 0)
        make.score(compared[deer], deer, 5000, run, gallery_fingerprint=prints[deer.pk])
    assert stale_scores.mark_outdated(scorer) == 0
    settings.REID_ANTLER_SEASONS = "same"
    assert stale_scores.mark_outdated(scorer) == 1
    assert Detection.objects.get(scores_stale=True) == compared[buck]
