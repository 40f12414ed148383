"""One photograph: its boxes with what the machine said, and its history in order."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid import reviewing as review
from reid.browsing import history, photograph
from reid.browsing.marked import Marked, stamp
from reid.imaging.crops import Box
from reid.models import Detection, Image
from reid.reviewing import NearNames, ReviewRefused, StaleReview
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

pytestmark = pytest.mark.django_db


def test_a_box_comes_with_its_five_best_scores_and_the_last_decision() -> None:
    item = make.detection()
    run = make.run(make.scorer())
    for number in range(7):
        make.score(item, make.deer(f"deer {number}"), 9_000 - 100 * number, run)
    run.decisions.create(sighting=item.sighting, outcome="ranked", score=9_000)
    (box,) = photograph.boxes(item.image)
    assert [(one.name, one.score) for one in box.best] == [
        ("deer 0", 0.9),
        ("deer 1", 0.89),
        ("deer 2", 0.88),
        ("deer 3", 0.87),
        ("deer 4", 0.86),
    ]
    assert box.decision is not None
    assert box.decision.outcome == "ranked"
    assert (box.sighting_size, box.sighting_versions) == (1, {item.pk: 0})


def test_the_history_names_who_did_what_the_newest_first_deleted_boxes_too() -> None:
    image, oak = make.image(), make.deer("Oak")
    review.draw_box(
        image=image.pk, box=Box(10, 10, 100, 100), classification="doe", actor=reviewer("alma")
    )
    item = Detection.objects.select_related("sighting").get()
    assert item.sighting is not None
    review.assign(
        sighting=item.sighting.pk, deer=oak.pk, versions=seen(item.sighting), actor=reviewer("ben")
    )
    review.annotate(versions={image.pk: 0}, note="by the creek", actor=reviewer("alma"))
    item.refresh_from_db()
    review.delete_boxes(versions={item.pk: item.version}, actor=reviewer("ben"))
    entries = history.of_image(image)
    assert [(one.operation.kind, str(one.operation.actor)) for one in entries] == [
        ("delete_box", "ben"),
        ("annotate", "alma"),
        ("assign", "ben"),
        ("draw_box", "alma"),
    ]
    assert entries[2].changes["deer"] == (None, "Oak")
    assert entries[0].changes["deer"] == ("Oak", None)
    assert all(one.can_be_undone for one in entries)


def test_a_photograph_costs_as_many_queries_with_twenty_boxes_as_with_two() -> None:
    def queries(count: int) -> int:
        image = make.image()
        for number in range(count):
            make.detection(image=image, x=number, deer=make.deer())
        with CaptureQueriesContext(connection) as captured:
            assert len(photograph.boxes(image)) == count
            history.of_image(image)
        return len(captured)

    make.scorer()
    assert queries(2) == queries(20)


# --- marked photographs ---------------------------------------------------------------------------


def marked(*images: Image) -> Marked:
    return Marked.parsed(stamp(image) for image in images)


def test_marked_photographs_get_one_deer_with_the_rest_of_their_sightings() -> None:
    one, oak = sighting(frames=2), make.deer("Oak")
    first = Image.objects.order_by("path").first()
    assert first is not None
    done = marked(first).assign("oak", confirm_new=False, actor=reviewer())
    assert Detection.objects.filter(sighting=one, deer=oak).count() == 2
    review.undo(operation=done.pk, actor=reviewer())
    assert not Detection.objects.filter(deer=oak).exists()
    marked(first).assign("Elm", confirm_new=False, actor=reviewer())
    assert Detection.objects.filter(deer__name="Elm").count() == 2
    make.deer("Hickory")
    with pytest.raises(NearNames):
        marked(*Image.objects.all()).assign("Hickery", confirm_new=False, actor=reviewer())


def test_people_are_left_alone_by_what_is_done_to_animals() -> None:
    image = make.image()
    make.detection(image=image, classification="person")
    with pytest.raises(ReviewRefused):
        marked(image).classify("doe", actor=reviewer())
    make.detection(image=image, x=60, classification="animal")
    marked(image).classify("doe", actor=reviewer())
    classes = Detection.objects.order_by("x").values_list("effective_class", flat=True)
    assert list(classes) == ["person", "doe"]


def test_marks_are_of_what_was_seen() -> None:
    item = make.detection()
    seen_before = marked(item.image)
    review.invalidate(versions={item.pk: 0}, actor=reviewer("ben"))
    with pytest.raises((StaleReview, ReviewRefused)):
        seen_before.classify("buck", actor=reviewer())
    marked(item.image).make_valid(actor=reviewer())
    assert Detection.objects.get().is_valid


@pytest.mark.parametrize("stamps", [[], ["x"], ["x:1"], ["0" * 32]])
def test_what_is_no_mark_is_refused(stamps: list[str]) -> None:
    with pytest.raises(ReviewRefused):
        Marked.parsed(stamps)
