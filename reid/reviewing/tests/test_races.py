"""Two reviewers, and a reviewer and a run, at the same moment: real connections that wait for each other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from conftest import wait_until
from reid import reviewing as review
from reid.matching.enrolment import REFERENCES_A_DEER
from reid.models import Deer, Detection, Operation
from reid.reviewing import ReviewError, ReviewRefused, StaleReview, UndoConflict
from reid.reviewing.scene import lock_scene
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from reid.models import Sighting

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run these in threads of their own, each with a connection of its own; what each gave or raised."""
    results: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(number: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[number] = act()
        except ReviewError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def error_of(results: list[Any], error: type[Exception]) -> Any:
    """The one act that was refused; all the others were done."""
    refused = [result for result in results if not isinstance(result, Operation)]
    assert len(refused) == 1, results
    assert isinstance(refused[0], error)
    return refused[0]


def assigning(of: Sighting, deer: Deer, user: User) -> Callable[[], Operation]:
    versions = seen(of)
    return lambda: review.assign(sighting=of.pk, deer=deer.pk, versions=versions, actor=user)


def test_of_two_reviewers_of_one_sighting_one_wins_and_the_other_is_told() -> None:
    of = sighting(frames=3)
    users = [reviewer(name) for name in ("alma", "ben", "cleo")]
    deer = [make.deer() for _ in users]
    acts = [assigning(of, one, user) for one, user in zip(deer, users, strict=True)]
    results = at_once(*acts)
    (winner,) = (result for result in results if isinstance(result, Operation))
    losers = [result for result in results if isinstance(result, StaleReview)]
    assert len(losers) == 2
    assert {change.by for loser in losers for change in loser.changes} == {
        winner.actor.get_username() if winner.actor else ""
    }
    assert Operation.objects.count() == 1
    assert len({row[0] for row in state(of)}) == 1


def test_two_sightings_of_one_photograph_do_not_become_one_deer() -> None:
    frame, oak = make.image(), make.deer("Oak")
    left, right = sighting(image=frame), sighting(image=frame, x=200)
    results = at_once(
        assigning(left, oak, reviewer("alma")), assigning(right, oak, reviewer("ben"))
    )
    error_of(results, ReviewError)
    assert Detection.objects.filter(deer=oak).count() == 1


def test_the_last_place_in_a_gallery_is_taken_once() -> None:
    oak = make.deer("Oak")
    for _ in range(REFERENCES_A_DEER - 1):
        sighting(deer=oak, is_reference=True)
    acts = [assigning(sighting(), oak, reviewer(name)) for name in ("alma", "ben")]
    assert all(isinstance(result, Operation) for result in at_once(*acts))
    assert Detection.objects.filter(deer=oak, is_reference=True).count() == REFERENCES_A_DEER


def test_two_deer_are_not_merged_into_each_other() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    users = [reviewer("alma"), reviewer("ben")]
    results = at_once(
        lambda: review.merge(deer=oak.pk, into=elm.pk, actor=users[0]),
        lambda: review.merge(deer=elm.pk, into=oak.pk, actor=users[1]),
    )
    error_of(results, ReviewRefused)
    assert Deer.objects.filter(merged_into__isnull=False).count() == 1


def test_an_operation_is_undone_by_one_of_two() -> None:
    done = assigning(sighting(), make.deer(), reviewer())()
    users = [reviewer("alma"), reviewer("ben")]
    results = at_once(
        lambda: review.undo(operation=done.pk, actor=users[0]),
        lambda: review.undo(operation=done.pk, actor=users[1]),
    )
    error_of(results, UndoConflict)
    assert Operation.objects.filter(kind="undo").count() == 1


def test_two_new_deer_of_one_name_are_one_profile() -> None:
    first, second = sighting(), sighting()
    users = [reviewer("alma"), reviewer("ben")]

    def naming(of: Sighting, user: User) -> Callable[[], Operation]:
        versions = seen(of)
        return lambda: review.new_deer(sighting=of.pk, name="Oak", versions=versions, actor=user)

    acts = [naming(of, user) for of, user in zip((first, second), users, strict=True)]
    error_of(at_once(*acts), ReviewRefused)
    assert Deer.objects.count() == 1


def test_a_review_waits_for_a_run_that_holds_the_encounter_and_then_is_stale() -> None:
    """The run's guess came first: the reviewer decided on what was there before it."""
    of, oak, elm = sighting(), make.deer("Oak"), make.deer("Elm")
    reviewing = assigning(of, oak, reviewer())
    outcome: list[Any] = []
    thread = threading.Thread(target=lambda: outcome.extend(at_once(reviewing)))
    with transaction.atomic():
        (detection,) = lock_scene(Detection.objects.filter(sighting=of)).values()
        thread.start()
        detection.deer, detection.identity_source = elm, "auto"
        detection.version += 1
        detection.save()
    wait_until(lambda: outcome, what="the review goes on when the run has committed")
    thread.join(10)
    error_of([*outcome], StaleReview)
    assert state(of) == [("Elm", "auto", False)]


def test_two_reviews_that_group_one_encounter_take_turns() -> None:
    """Each takes an animal off a photograph of its own: only after both are the others one."""
    encounter = sighting(image=make.image()).encounter
    frames = [make.image(encounter=encounter) for _ in range(2)]
    others = [sighting(image=frame, x=number) for frame in frames for number in (0, 200)]
    users = [reviewer("alma"), reviewer("ben")]

    def throwing_out(of: Sighting, user: User) -> Callable[[], Operation]:
        versions = seen(of)
        return lambda: review.invalidate(versions=versions, actor=user)

    results = at_once(throwing_out(others[1], users[0]), throwing_out(others[3], users[1]))
    assert all(isinstance(result, Operation) for result in results)
    valid = Detection.objects.filter(is_valid=True)
    assert valid.values("sighting").distinct().count() == 1
    assert valid.count() == 3
