"""Split of a sighting that shows two animals: for good, until it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from reid import reviewing
from reid.grouping import join_linked
from reid.grouping.tests.test_join_linked import again, apart, encounters, meeting, of
from reid.models import Detection, IdentityEvent, Operation, Sighting
from reid.reviewing import ReviewRefused, StaleReview, UndoConflict, splitting
from reid.reviewing.tests.test_regrouping import Visit
from reid.suggesting import queue
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, seen, sighting

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def split(from_: Sighting, *parted: Detection) -> Operation:
    return reviewing.split_sighting(
        sighting=from_.pk,
        detections=[item.pk for item in parted],
        versions=seen(from_),
        actor=reviewer(),
    )


def undo(operation: Operation) -> Operation:
    return reviewing.undo(operation=operation.pk, actor=reviewer())


def members(item: Sighting) -> list[Detection]:
    return list(item.detections.order_by("image__captured_at", "image__path"))


def test_a_wrong_link_is_parted_and_nothing_joins_it_again() -> None:
    rows = meeting(make.space())
    apart(rows)
    join_linked.fuse(encounters())
    a, b, *_ = of(rows)
    before = everything()
    done = split(Sighting.objects.get(pk=a), rows[4])  # Ann on the last photograph
    parted = of(rows)
    assert parted[:4] == [a, b, a, b]
    assert parted[4] not in (a, b)
    assert done.kind == "split"
    assert set(IdentityEvent.objects.parts(row.pk for row in rows)) == {
        rows[0].pk,
        rows[2].pk,
        rows[4].pk,
    }
    assert join_linked.fuse(encounters()) == 0
    again()
    assert of(rows) == parted
    after = everything()

    undone = undo(done)
    assert everything() == before
    assert IdentityEvent.objects.parts(row.pk for row in rows) == {}
    again()
    assert of(rows) == [a, b, a, b, a, b]
    undo(undone)
    assert everything() == after
    assert join_linked.fuse(encounters()) == 0
    again()
    assert of(rows) == parted


def test_two_animals_that_passed_one_after_the_other_are_parted_too() -> None:
    visit = Visit(("a", 1, {}), ("b", 2, {}), ("c", 3, {}))
    assert visit.groups() == {"abc"}
    done = split(visit.sighting("a"), visit.one("c"))
    assert visit.groups() == {"ab", "c"}
    visit.imported()
    assert visit.groups() == {"ab", "c"}
    visit.invalidate("b")
    assert visit.groups() == {"a", "b", "c"}
    with pytest.raises(UndoConflict, match="of detection"):
        undo(done)


def test_what_a_run_said_of_both_goes_and_all_is_decided_anew() -> None:
    oak = make.deer("Oak")
    both = sighting(frames=3, deer=oak, identity_source="auto")
    first, *_, last = members(both)
    before = everything()
    done = split(both, last)
    assert not Detection.objects.exclude(deer=None).exists()
    assert Detection.objects.filter(scores_stale=True).count() == 3
    last.refresh_from_db()
    assert last.sighting_id != both.pk
    assert set(queue.waiting().values_list("pk", flat=True)) == {both.pk, last.sighting_id}
    undo(done)
    assert everything() == before
    first.refresh_from_db()
    assert (first.deer, first.identity_source) == (oak, "auto")


def test_what_a_person_said_stays_with_the_rest_and_the_other_animal_waits() -> None:
    oak, both = make.deer("Oak"), sighting(frames=3)
    reviewing.assign(sighting=both.pk, deer=oak.pk, versions=seen(both), actor=reviewer())
    wrong = both.detections.get(is_reference=True)
    before = everything()
    done = split(both, wrong)
    wrong.refresh_from_db()
    assert (wrong.deer, wrong.is_reference, wrong.reviewed_at) == (None, False, None)
    assert [item.deer for item in members(both)] == [oak, oak]
    other = wrong.sighting
    assert other is not None
    assert list(queue.waiting()) == [other]
    named = reviewing.new_deer(
        sighting=other.pk, name="Elm", versions=seen(other), actor=reviewer()
    )
    assert [item.deer for item in members(both)] == [oak, oak]
    with pytest.raises(UndoConflict, match="of detection"):
        undo(done)
    undo(named)
    undo(done)
    assert everything()[:3] == before[:3]


def test_a_part_is_split_again_and_the_later_split_is_undone_first() -> None:
    both = sighting(frames=3)
    first, second, third = members(both)
    one = split(both, third)
    two = split(both, second)
    assert len(set(of([first, second, third]))) == 3
    with pytest.raises(UndoConflict, match="part of detection"):
        undo(one)
    undo(two)
    undo(one)
    assert set(of([first, second, third])) == {both.pk}


def test_what_makes_no_sense_is_refused() -> None:
    both, other = sighting(frames=2), sighting()
    pictures = members(both)
    for parted in ([], pictures):
        with pytest.raises(ReviewRefused, match=splitting.NOT_A_PART):
            split(both, *parted)
    with pytest.raises(ReviewRefused, match="is no deer of this sighting"):
        split(both, *members(other))
    Sighting.objects.filter(pk=both.pk).update(label="7")
    with pytest.raises(ReviewRefused, match=splitting.NAMED_BY_IMPORT):
        split(both, pictures[0])
    assert not Operation.objects.exists()


def test_who_saw_an_older_sighting_is_told() -> None:
    both = sighting(frames=3)
    old = seen(both)
    *_, last = members(both)
    split(both, last)
    with pytest.raises(StaleReview):
        reviewing.new_deer(sighting=both.pk, name="Elm", versions=old, actor=reviewer("bo"))
    with pytest.raises(StaleReview):
        reviewing.split_sighting(
            sighting=both.pk, detections=[last.pk], versions=old, actor=reviewer("bo")
        )


def test_an_import_finds_the_parts_and_takes_nobody_into_them() -> None:
    """An animal on a photograph that comes later is of neither part: nobody has said of which."""
    visit = Visit(("a", 1, {}), ("b", 2, {}))
    split(visit.sighting("a"), visit.one("b"))
    late = make.image(camera=visit.frames[1].camera, captured_at=make.later(seconds=180))
    visit.frames[3] = late
    visit.keys["c"] = make.detection(image=late, sighting=None).pk
    visit.imported()
    assert visit.groups() == {"a", "b", "c"}


def post(client: Client, **body: Any) -> Any:
    return client.post("/api/review/split-sighting", body, content_type="application/json")


def test_over_http(client: Client) -> None:
    both = sighting(frames=2)
    first, last = members(both)
    versions = {str(key): version for key, version in seen(both).items()}
    body = {"sighting": str(both.pk), "versions": versions, "selection": "queue"}
    answer = post(client, **body, detections=[str(last.pk)])
    assert answer.status_code == 201, answer.content
    done = Operation.objects.get()
    assert answer["Location"] == reverse("operation-detail", args=[done.pk])
    assert len(set(of([first, last]))) == 2
    assert post(client, **body, detections=[str(last.pk)]).status_code == 409
    assert post(client, **body, detections=[]).status_code == 400


def test_a_split_is_no_item_of_the_queue_done() -> None:
    both = sighting(frames=2)
    _, last = members(both)
    reviewing.split_sighting(
        sighting=both.pk, detections=[last.pk], versions=seen(both), actor=reviewer(), selection="queue"
    )  # fmt: skip
    assert queue.next_page(reviewer()).reviewed == 0


def test_of_nothing_no_query_is_made(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        assert IdentityEvent.objects.parts([]) == {}
