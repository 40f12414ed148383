"""Review queue: its order, its random draw, and its counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid import reviewing
from reid.models import Decision, Operation, ReidRun, Sighting
from reid.suggesting import queue as review_queue
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

pytestmark = pytest.mark.django_db


@pytest.fixture
def scorer():
    return make.scorer()


def decided(scorer, score: int | None, margin: int | None = None) -> Sighting:
    of = sighting()
    Decision.objects.create(
        run=make.run(scorer, state="completed"),
        sighting=of,
        score=score,
        margin=margin,
        outcome="ranked",
    )
    return of


def approve(scorer, value: str) -> None:
    make.threshold(scorer, value)


def queue(scorer, threshold: int | None = None) -> list[Sighting | None]:
    return [decision.sighting for decision in review_queue.decided(scorer, threshold)]


def reviewed(count: int, name: str = "alma") -> None:
    for _ in range(count):
        Operation.objects.create(kind="confirm", actor=reviewer(name), selection="queue")


def test_with_a_threshold_the_nearest_score_comes_first(scorer) -> None:
    far, above, below = (decided(scorer, score) for score in (2000, 8300, 7900))
    decided(scorer, None)
    assert queue(scorer, 8000) == [below, above, far]


def test_without_one_the_smallest_margin_among_the_highest_scores(scorer) -> None:
    high_clear = decided(scorer, 9010, 800)
    high_close = decided(scorer, 9490, 10)
    lower_closer = decided(scorer, 8990, 1)
    alone = decided(scorer, 9200)
    assert queue(scorer) == [high_close, high_clear, alone, lower_closer]


def test_what_no_run_has_scored_comes_last(scorer) -> None:
    nothing_to_compare, scored = decided(scorer, None), decided(scorer, 100)
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert page.item.sighting == scored
    page = review_queue.next_page(reviewer(), skipped=[scored.pk])
    assert page.item is not None
    assert page.item.sighting == nothing_to_compare


def test_what_is_being_compared_is_left_for_later_and_counted(scorer) -> None:
    make.detection(deer=make.deer("Oak"), is_reference=True)
    scored, fresh = decided(scorer, 100), sighting(scores_stale=True)
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.item.sighting, page.remaining, page.comparing) == (scored, 2, 1)
    page = review_queue.next_page(reviewer(), skipped=[scored.pk])
    assert (page.item, page.remaining, page.comparing) == (None, 1, 1)
    page = review_queue.next_page(reviewer(), skipped=[scored.pk], uncompared=True)
    assert page.item is not None
    assert page.item.sighting == fresh


def test_while_an_identification_waits_what_has_no_score_is_being_compared(scorer) -> None:
    make.detection(deer=make.deer("Oak"), is_reference=True)
    sighting()
    assert review_queue.next_page(reviewer()).comparing == 0
    ReidRun.objects.create(kind="identify", scorer=scorer)
    page = review_queue.next_page(reviewer())
    assert (page.item, page.comparing) == (None, 1)


def test_without_a_deer_to_compare_with_nothing_is_being_compared(scorer) -> None:
    of = sighting(scores_stale=True)
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.item.sighting, page.comparing) == (of, 0)


def test_a_drawn_sighting_that_is_being_compared_stays_due(scorer) -> None:
    make.detection(deer=make.deer("Oak"), is_reference=True)
    for number in range(4):
        decided(scorer, 9000 - number)
    drawn = next(iter(review_queue.drawn()))
    drawn.detections.update(scores_stale=True)
    reviewed(4)
    assert (shown().selection, shown().sighting != drawn) == ("queue", True)
    drawn.detections.update(scores_stale=False)
    assert (shown().selection, shown().sighting) == ("random", drawn)


def test_without_a_space_the_queue_still_hands_out_what_a_person_may_know() -> None:
    of = sighting()
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.item.sighting, page.item.comparison.candidates) == (of, [])


def test_only_the_latest_decision_in_the_space_counts(scorer) -> None:
    first, second = decided(scorer, 8000), decided(scorer, 7000)
    Decision.objects.create(run=make.run(scorer), sighting=second, score=8001, outcome="ranked")
    other = make.run(make.scorer(is_active=False))
    Decision.objects.create(run=other, sighting=first, score=1, outcome="ranked")
    assert queue(scorer, 8001) == [second, first]


def test_what_is_known_reviewed_or_no_deer_does_not_wait() -> None:
    guessed = sighting(deer=make.deer(), identity_source="auto")
    partly_thrown_out = sighting(frames=2)
    first = partly_thrown_out.detections.all()[0]
    reviewing.invalidate(versions={first.pk: 0}, actor=reviewer())
    for fields in (
        {"deer": make.deer()},
        {"deer": make.deer(), "identity_source": "reviewed"},
        {"is_valid": False},
        {"classification": "person"},
        {"classification": "animal"},
    ):
        sighting(**fields)
    rejected = sighting()
    reviewing.reject(
        sighting=rejected.pk, deer=[make.deer().pk], versions=seen(rejected), actor=reviewer()
    )
    assert set(review_queue.waiting()) == {guessed, partly_thrown_out}


def test_a_page_says_how_far_the_work_is_and_that_it_only_ranks(scorer) -> None:
    first, second = decided(scorer, 9000), decided(scorer, 5000)
    reviewed(2)
    reviewed(1, "ben")
    undo = Operation.objects.create(kind="undo", actor=reviewer())
    Operation.objects.create(kind="reject", actor=reviewer(), selection="queue", undone_by=undo)
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.item.sighting, page.item.selection) == (first, "queue")
    assert (page.remaining, page.reviewed, page.ranking_only) == (2, 2, True)
    approve(scorer, "0.5000")
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.item.sighting, page.ranking_only) == (second, False)


def test_under_an_override_the_nearest_to_what_runs_use_comes_first(scorer, settings) -> None:
    first = decided(scorer, 9000)
    decided(scorer, 5000)
    settings.REID_THRESHOLD = 0.9
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.item.sighting, page.ranking_only, page.assigns_at) == (first, False, 0.9)
    approve(scorer, "0.5000")
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.item.sighting, page.assigns_at) == (first, 0.9)


def test_what_is_skipped_is_left_for_later(scorer) -> None:
    first, second = decided(scorer, 9000), decided(scorer, 5000)
    page = review_queue.next_page(reviewer(), skipped=[first.pk])
    assert page.item is not None
    assert page.item.sighting == second
    page = review_queue.next_page(reviewer(), skipped=[first.pk, second.pk])
    assert (page.item, page.remaining) == (None, 0)


def answer(of: Sighting, name: str = "alma", **how: Any) -> Operation:
    return reviewing.assign(
        sighting=of.pk, deer=make.deer().pk, versions=seen(of), actor=reviewer(name), **how
    )


def shown(skipped: list[Sighting] | None = None, name: str = "alma") -> review_queue.Item:
    page = review_queue.next_page(reviewer(name), skipped=[one.pk for one in skipped or []])
    assert page.item is not None
    return page.item


def test_every_fifth_is_random_and_asking_again_does_not_draw_again(scorer) -> None:
    for number in range(12):
        decided(scorer, 9000 - number)
    for number in range(1, 11):
        item = shown()
        assert shown().sighting == item.sighting
        stored = answer(item.sighting, selection=item.selection).selection
        # One of the queue may happen to be the one drawn: then it is that.
        assert stored == "random" or (stored, item.selection) == ("queue", "queue")
        drawn = Operation.objects.filter(selection="random").count()
        assert drawn >= number // review_queue.EVERY_RANDOM


def test_a_skipped_random_item_comes_back_until_it_is_answered(scorer) -> None:
    for number in range(4):
        decided(scorer, 9000 - number)
    reviewed(4)
    first = shown()
    assert first.selection == "random"
    other = shown([first.sighting])
    assert (other.selection, other.sighting != first.sighting) == ("queue", True)
    assert not review_queue.is_drawn(other.sighting.pk)
    assert answer(other.sighting, selection="queue").selection == "queue"
    again = shown()
    assert (again.sighting, again.selection) == (first.sighting, "random")


def test_a_drawn_item_is_evidence_whoever_answers_it_and_however(scorer) -> None:
    for number in range(4):
        decided(scorer, 9000 - number)
    drawn = list(review_queue.drawn())
    first = answer(drawn[0], "ben", selection="search")
    assert first.selection == "random"
    second = reviewing.reject(
        sighting=drawn[1].pk, deer=[make.deer().pk], versions=seen(drawn[1]), actor=reviewer()
    )
    assert second.selection == "random"


def test_what_was_not_drawn_is_no_evidence_whatever_a_client_says(scorer) -> None:
    for number in range(3):
        decided(scorer, 9000 - number)
    last = list(review_queue.drawn())[-1]
    assert answer(last, selection="random").selection == "queue"
    assert answer(last, selection="random").selection == "queue"  # known by now: it waits no more


def test_an_undone_answer_is_asked_for_again(scorer) -> None:
    for number in range(3):
        decided(scorer, 9000 - number)
    first, second, _ = review_queue.drawn()
    done = answer(first)
    assert review_queue.is_drawn(second.pk)
    reviewing.undo(operation=done.pk, actor=reviewer())
    assert review_queue.is_drawn(first.pk)
    assert not review_queue.is_drawn(second.pk)


def test_a_review_of_several_at_once_is_no_evidence(scorer) -> None:
    both = [decided(scorer, 9000) for _ in range(2)]
    done = reviewing.name_group(
        sightings=[one.pk for one in both],
        name="Oak",
        versions=seen(*both),
        actor=reviewer(),
        selection="random",
    )
    assert done.selection == "queue"


def test_the_draw_is_a_secret_order_that_knows_no_scores(scorer, settings) -> None:
    rows = [decided(scorer, 9000 - number) for number in range(12)]
    order = list(review_queue.drawn())
    assert set(order) == set(rows)
    assert order not in (rows, rows[::-1], sorted(rows, key=lambda one: one.pk))
    settings.SECRET_KEY = "another store's"
    assert list(review_queue.drawn()) != order


def test_a_flank_that_was_set_is_no_item_done(scorer) -> None:
    decided(scorer, 9000)
    for _ in range(4):
        Operation.objects.create(kind="set_flank", actor=reviewer(), selection="queue")
    page = review_queue.next_page(reviewer())
    assert page.item is not None
    assert (page.reviewed, page.item.selection) == (0, "queue")


def test_the_queue_takes_the_same_queries_for_any_number_of_rows(scorer) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            review_queue.next_page(reviewer())
        return len(captured)

    decided(scorer, 9000)
    reviewer()
    first = queries()
    for _ in range(5):
        decided(scorer, 8000)
    assert queries() == first


def test_an_empty_store_has_an_empty_page() -> None:
    page = review_queue.next_page(reviewer())
    assert (page.item, page.scorer, page.ranking_only) == (None, None, True)


def test_an_item_says_that_its_name_was_certified_for_its_batch() -> None:
    sighting(deer=make.deer("Oak"), identity_source="certified")
    item = review_queue.next_page(reviewer()).item
    assert item is not None
    assert item.assigned == "Oak (certified for this batch)"
