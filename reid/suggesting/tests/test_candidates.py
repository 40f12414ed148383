"""Candidates of a sighting, worked by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid import reviewing
from reid.suggesting import candidates
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

if TYPE_CHECKING:
    from reid.models import Deer, Sighting

pytestmark = pytest.mark.django_db


def compare(of: Sighting, scorer) -> candidates.CandidateRanking:
    detections = list(of.detections.select_related("image", "deer").order_by("pk"))
    return candidates.compare(of, detections, scorer)


def log(of: Sighting, deer: Deer, *scores: int, run, **fields) -> None:
    for detection, value in zip(of.detections.order_by("pk"), scores, strict=True):
        make.score(detection, deer, value, run, **fields)


def test_the_best_five_by_the_mean_of_their_scores() -> None:
    of, scorer = sighting(frames=2), make.scorer()
    run = make.run(scorer)
    for name, scores in {
        "a": (9000, 7001),  # mean 8000.5, halves up: 8001
        "b": (8000, 8000),
        "c": (9900, 1000),
        "d": (8500, 8500),
        "e": (7000, 7000),
        "f": (6000, 6000),
    }.items():
        log(of, make.deer(name), *scores, run=run)
    ranking = compare(of, scorer)
    assert [(one.rank, one.deer.name, one.score) for one in ranking.candidates] == [
        (1, "d", 0.85),
        (2, "a", 0.8001),
        (3, "b", 0.8),
        (4, "e", 0.7),
        (5, "f", 0.6),
    ]
    assert ranking.margin == pytest.approx(0.0499)


def test_scores_that_a_run_left_of_a_hidden_profile_count_for_nothing() -> None:
    of, scorer = sighting(), make.scorer()
    ended, stays = make.deer("ended"), make.deer("stays")
    ended.hide()
    for deer in (ended, stays):
        log(of, deer, 9000, run=make.run(scorer))
    assert [one.deer for one in compare(of, scorer).candidates] == [stays]


def test_who_cannot_be_is_no_candidate() -> None:
    scorer, frame = make.scorer(), make.image()
    of = sighting(image=frame)
    run = make.run(scorer)
    log(of, make.deer("of the other sex", sex="buck"), 9000, run=run)
    log(of, make.deer("dead by then", died_on=date(2025, 9, 30)), 9000, run=run)
    log(of, make.deer("merged", merged_into=make.deer()), 9000, run=run)
    beside = make.deer("another animal on the photograph")
    sighting(image=frame, x=200, deer=beside)
    log(of, beside, 9000, run=run)
    rejected = make.deer("rejected")
    log(of, rejected, 9000, run=run)
    reviewing.reject(sighting=of.pk, deer=[rejected.pk], versions=seen(of), actor=reviewer())
    log(of, make.deer("possible"), 100, run=run)
    ranking = compare(of, scorer)
    assert [one.deer.name for one in ranking.candidates] == ["possible"]
    assert ranking.margin is None


def test_sex_is_judged_by_the_class_of_today_as_confirming_does() -> None:
    of, scorer = sighting(classification="buck"), make.scorer()
    log(of, make.deer("doe by now", sex="doe"), 9000, run=make.run(scorer))
    assert compare(of, scorer).candidates == []


def test_a_deer_that_is_being_scored_anew_waits_until_all_its_scores_are_there() -> None:
    of, scorer = sighting(frames=2), make.scorer()
    run, half, whole = make.run(scorer), make.deer("half"), make.deer("whole")
    log(of, whole, 5000, 5000, run=run)
    make.score(of.detections.all()[0], half, 9000, run)
    assert [one.deer for one in compare(of, scorer).candidates] == [whole]


def test_scores_of_another_space_do_not_count() -> None:
    of, other, scorer = sighting(), make.scorer(is_active=False), make.scorer()
    log(of, make.deer(), 9000, run=make.run(other))
    assert compare(of, scorer).candidates == []
    assert compare(of, None) == candidates.CandidateRanking([], None)


def test_the_most_alike_reference_of_each_flank_best_first() -> None:
    of, scorer, oak = sighting(), make.scorer(), make.deer("Oak")
    probe = of.detections.get()
    make.embedding(probe, scorer, 1, 0, 0, 0)
    log(of, oak, 8000, run=make.run(scorer))
    rows = {}
    for name, flank, vector in (
        ("left, less alike", "left", (0.6, 0.8, 0, 0)),
        ("left", "left", (0.8, 0.6, 0, 0)),
        ("right", "right", (1, 0, 0, 0)),
        ("opposite", "rear", (-1, 0, 0, 0)),
    ):
        rows[name] = make.detection(deer=oak, is_reference=True, flank=flank)
        make.embedding(rows[name], scorer, *vector)
    make.detection(deer=oak, is_reference=True, flank="front")  # not embedded yet
    own = make.image(encounter=of.encounter)
    make.embedding(make.detection(image=own, deer=oak, is_reference=True), scorer, 1, 0, 0, 0)
    (one,) = compare(of, scorer).candidates
    assert [(ref.detection, ref.flank) for ref in one.references] == [
        (rows["right"].pk, "right"),
        (rows["left"].pk, "left"),
        (rows["opposite"].pk, "rear"),
    ]
    assert [ref.similarity for ref in one.references] == pytest.approx([1.0, 0.8, 0.0])


def test_many_candidates_take_no_more_queries_than_one() -> None:
    scorer = make.scorer()
    run = make.run(scorer)

    def queries(count: int) -> int:
        of = sighting(frames=count)
        for _ in range(count):
            deer = make.deer()
            log(of, deer, *[5000] * count, run=run)
            make.embedding(make.detection(deer=deer, is_reference=True), scorer, 1, 0, 0, 0)
        with CaptureQueriesContext(connection) as captured:
            assert len(compare(of, scorer).candidates) == count
        return len(captured)

    assert queries(4) == queries(1)


def test_references_with_other_antlers_stand_apart() -> None:
    of, scorer, hook = (
        sighting(classification="unknown_deer"),
        make.scorer(),
        make.deer("Hook", sex="buck"),
    )
    make.embedding(of.detections.get(), scorer, 1, 0, 0, 0)  # of October 2025
    log(of, hook, 8000, run=make.run(scorer))
    year_before = make.later(days=-365)
    rows = {}
    for name, flank, at, vector in (
        ("now, less alike", "left", make.NOON, (0.6, 0.8, 0, 0)),
        ("year before", "left", year_before, (1, 0, 0, 0)),
        ("year before, less alike", "left", year_before, (0, 1, 0, 0)),
        ("no time", "right", None, (0.8, 0.6, 0, 0)),
    ):
        image = make.image(captured_at=at)
        rows[name] = make.detection(deer=hook, is_reference=True, flank=flank, image=image)
        make.embedding(rows[name], scorer, *vector)
    (one,) = compare(of, scorer).candidates
    assert [(ref.detection, ref.antler_year, ref.is_other_season) for ref in one.references] == [
        (rows["no time"].pk, None, False),
        (rows["now, less alike"].pk, 2025, False),
        (rows["year before"].pk, 2024, True),
    ]
    # a doe's coat of last year is as good as this year's
    type(hook).objects.update(sex="doe")
    (doe,) = compare(of, scorer).candidates
    assert [ref.is_other_season for ref in doe.references] == [False, False]
    assert doe.references[0].detection == rows["year before"].pk
