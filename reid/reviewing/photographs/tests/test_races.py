"""Two persons at one photograph at the same moment: real connections that wait for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid import reviewing as review
from reid.imaging.crops import Box
from reid.models import Detection, Image, Operation
from reid.reviewing import ReviewError, ReviewRefused, StaleReview
from reid.reviewing.tests.test_races import at_once, error_of
from reid.tests import make
from reid.tests.reviewing import reviewer

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)


def drawing(image: Image, name: str, box: Box) -> Callable[[], Operation]:
    user = reviewer(name)
    return lambda: review.draw_box(image=image.pk, box=box, classification="doe", actor=user)


def test_of_two_who_change_one_box_one_wins_and_the_other_is_told() -> None:
    item = make.detection()
    seen = {item.pk: item.version}
    users = [reviewer("alma"), reviewer("ben")]
    results = at_once(
        *(
            lambda user=user, x=x: review.move_box(
                detection=item.pk, box=Box(x, 20, 90, 90), versions=seen, actor=user
            )
            for x, user in zip((20, 40), users, strict=True)
        )
    )
    told = error_of(results, StaleReview)
    winner = next(result for result in results if isinstance(result, Operation))
    assert told.changes[0].by == winner.actor.get_username()  # type: ignore[union-attr]
    item.refresh_from_db()
    assert item.version == 1


def test_one_who_moves_a_box_and_one_who_deletes_it_do_not_both() -> None:
    item = make.detection()
    seen = {item.pk: item.version}
    users = [reviewer("alma"), reviewer("ben")]
    results = at_once(
        lambda: review.move_box(
            detection=item.pk, box=Box(20, 20, 90, 90), versions=seen, actor=users[0]
        ),
        lambda: review.delete_boxes(versions=seen, actor=users[1]),
    )
    error_of(results, ReviewError)


def test_two_boxes_are_drawn_at_once_and_are_two_sightings_of_one_encounter() -> None:
    image = make.image()
    boxes = (Box(10, 10, 60, 60), Box(150, 10, 60, 60))
    results = at_once(
        *(drawing(image, name, box) for name, box in zip(("alma", "ben"), boxes, strict=True))
    )
    assert all(isinstance(result, Operation) for result in results), results
    rows = Detection.objects.values_list("sighting", "sighting__encounter")
    assert len({row[0] for row in rows}) == 2
    assert len({row[1] for row in rows}) == 1


def test_one_and_the_same_box_is_drawn_by_one_of_two() -> None:
    image, box = make.image(), Box(10, 10, 60, 60)
    error_of(at_once(drawing(image, "alma", box), drawing(image, "ben", box)), ReviewRefused)
    assert Detection.everything.count() == 1


def test_of_two_who_write_a_note_one_wins_and_the_other_is_told() -> None:
    image = make.image()
    users = [reviewer("alma"), reviewer("ben")]
    results = at_once(
        lambda: review.annotate(versions={image.pk: 0}, note="one", actor=users[0]),
        lambda: review.annotate(versions={image.pk: 0}, note="other", actor=users[1]),
    )
    error_of(results, StaleReview)
    image.refresh_from_db()
    assert image.version == 1
