"""Places that are suspected: stored camera by camera, followed as boxes come and go, and removed or kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model

from reid import reviewing
from reid.imaging.canonical import crop_name
from reid.imaging.crops import Box
from reid.models import Deployment, Detection, Operation, Repeat, RepeatAnswer
from reid.repeats import answers, places
from reid.reviewing import ReviewRefused
from reid.storage.photo_store import photo_store
from reid.tests import make
from reid.tests.stumps import stump

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return get_user_model().objects.create(username="ann")


def valid() -> int:
    return Detection.objects.valid().count()


def test_a_stump_is_one_suspicion_with_what_is_known_of_it() -> None:
    camera = make.camera("Ridge")
    boxes = stump(camera, 12)
    make.detection(image=boxes[0].image, x=200, y=20, classification="animal")
    (row,) = places.look()
    assert (row.camera, row.frames, row.encounters) == (camera, 12, 12)
    assert (row.left, row.top, row.right, row.bottom) == (
        100 / 320,
        120 / 240,
        160 / 320,
        174 / 240,
    )
    assert (row.first_at, row.last_at) == (make.NOON, make.later(hours=66))
    assert row.examples == [str(boxes[index].pk) for index in (0, 2, 4, 7, 9, 11)]
    assert places.look() == [row]
    assert places.open_repeats() == [row]


def test_boxes_that_a_person_said_anything_of_are_never_among_them(ann: User) -> None:
    camera = make.camera()
    stump(camera, 9)
    later: dict[str, Any] = {"first_hour": 60, "count": 1}
    stump(camera, **later, deer=make.deer("Gus"), classification="doe")
    stump(camera, **later, reviewed_by=ann)
    stump(camera, **later, detector="", confidence=1.0)
    stump(camera, **later, is_valid=False)
    stump(camera, **later, hidden_at=make.NOON)
    stump(camera, **later, flank_source="reviewed")
    (moved,) = stump(camera, **later, x=101)
    reviewing.move_box(
        detection=moved.pk, box=Box(100, 120, 60, 54), versions={moved.pk: 0}, actor=ann
    )
    assert places.look() == []
    stump(camera, **later)
    (row,) = places.look()
    assert row.frames == 10


def test_a_camera_that_was_moved_or_visited_sees_another_view() -> None:
    camera = make.camera()
    stump(camera, 18)
    Deployment.objects.create(camera=camera, started_on="2025-09-01", ended_on="2025-10-03")
    (row,) = places.look()
    assert row.frames == 18
    # Nine photographs before midnight of the third of October and nine after it.
    Deployment.objects.create(camera=camera, started_on="2025-10-04")
    stump_before = make.later(hours=6 * 9)
    Deployment.objects.filter(started_on="2025-10-04").update(
        started_on=stump_before.date(), started_at=stump_before.time()
    )
    assert places.look() == []
    assert not Repeat.objects.exists()


def test_a_suspicion_follows_its_boxes() -> None:
    camera = make.camera()
    boxes = stump(camera)
    (row,) = places.look()
    stump(camera, 5, first_hour=100, x=101)
    (grown,) = places.look()
    assert (grown.pk, grown.frames) == (row.pk, 15)
    Detection.objects.filter(pk__in=[box.pk for box in boxes]).update(is_valid=False)
    assert places.look() == []
    assert not Repeat.objects.exists()


def test_to_remove_it_throws_its_boxes_out_in_one_operation_that_can_be_undone(ann: User) -> None:
    camera = make.camera("Ridge")
    stump(camera)
    other = make.detection(image=make.image(camera=camera), x=200, y=20)
    (row,) = places.look()
    removed = answers.remove(row.pk, actor=ann)
    assert removed.answer is RepeatAnswer.REMOVED
    assert list(Detection.objects.valid()) == [other]
    operation = Operation.objects.get()
    assert (operation, operation.kind) == (removed.removal, Operation.Kind.INVALIDATE)
    assert operation.actor == ann
    assert "10 photographs of Ridge" in operation.reason
    assert operation.events.filter(field="is_valid").count() == 10
    assert places.look() == places.open_repeats() == []
    reviewing.undo(operation=operation.pk, actor=ann)  # by whatever page
    assert valid() == 11
    (again,) = places.look()
    assert (again.pk, again.answer) == (row.pk, RepeatAnswer.OPEN)


def test_many_boxes_are_thrown_out_at_once(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from reid.reviewing import bulk

    monkeypatch.setattr(bulk, "_BATCH", 4)
    stump(make.camera(), 15)
    (row,) = places.look()
    answers.remove(row.pk, actor=ann)
    assert (valid(), Operation.objects.count()) == (0, 1)


def test_what_is_at_the_place_by_then_goes_too_and_what_was_named_meanwhile_stays(
    ann: User,
) -> None:
    camera = make.camera()
    boxes = stump(camera)
    (row,) = places.look()
    Detection.objects.filter(pk=boxes[0].pk).update(
        classification="doe", deer=make.deer("Gus"), identity_source="reviewed"
    )
    stump(camera, 2, first_hour=100)
    assert answers.remove(row.pk, actor=ann).frames == 11
    assert [item.pk for item in Detection.objects.valid()] == [boxes[0].pk]


def test_what_is_kept_is_not_asked_again_when_new_photographs_come(ann: User) -> None:
    camera = make.camera()
    stump(camera)
    (row,) = places.look()
    kept = answers.keep(row.pk, actor=ann)
    assert (kept.answer, kept.kept_by, valid()) == (RepeatAnswer.KEPT, ann, 10)
    stump(camera, 20, first_hour=100, x=102)
    assert places.look() == places.open_repeats() == []
    # A stump elsewhere is another question.
    stump(camera, x=10)
    (other,) = places.look()
    assert other.pk != row.pk


def test_an_answer_can_be_taken_back(ann: User) -> None:
    stump(make.camera())
    (row,) = places.look()
    answers.keep(row.pk, actor=ann)
    assert answers.take_back(row.pk, actor=ann).answer is RepeatAnswer.OPEN
    answers.remove(row.pk, actor=ann)
    assert valid() == 0
    assert answers.take_back(row.pk, actor=ann).answer is RepeatAnswer.OPEN
    assert valid() == 10
    assert answers.remove(row.pk, actor=ann).answer is RepeatAnswer.REMOVED


def test_what_cannot_be_answered_is_refused_in_a_sentence(ann: User) -> None:
    stump(make.camera())
    (row,) = places.look()
    for act, text in (
        (lambda: answers.take_back(row.pk, actor=ann), answers.NOT_ANSWERED),
        (lambda: answers.keep(uuid4(), actor=ann), "There is no suspicion"),
    ):
        with pytest.raises(ReviewRefused, match=text):
            act()
    answers.keep(row.pk, actor=ann)
    with pytest.raises(ReviewRefused, match="answered already: it is kept"):
        answers.remove(row.pk, actor=ann)
    answers.take_back(row.pk, actor=ann)
    Detection.objects.update(reviewed_by=ann)
    with pytest.raises(ReviewRefused) as refused:
        answers.remove(row.pk, actor=ann)
    assert str(refused.value) == answers.NOTHING_LEFT


def test_new_boxes_at_a_removed_place_are_a_new_suspicion(ann: User) -> None:
    camera = make.camera()
    stump(camera)
    (row,) = places.look()
    answers.remove(row.pk, actor=ann)
    stump(camera, 9, first_hour=100)
    assert places.look() == []
    stump(camera, 1, first_hour=200)
    (new,) = places.look()
    assert new.pk != row.pk
    assert new.frames == 10


def test_what_was_kept_of_a_camera_is_kept_of_the_one_that_it_was_merged_into(ann: User) -> None:
    old, new = make.camera("old"), make.camera("new")
    boxes = stump(old)
    (row,) = places.look()
    answers.keep(row.pk, actor=ann)
    for box in boxes:
        box.image.camera = new
        box.image.save()
    old.merged_into = new
    old.save()
    assert places.look() == []


def test_its_examples_are_cut_for_pages(media_root: Any) -> None:
    stump(make.camera(), with_files=True)
    (row,) = places.look()
    places.make_crops([row])
    names = {crop_name(box.pk) for box in Detection.objects.filter(pk__in=row.examples)}
    assert photo_store.existing(names) == names
    assert len(names) == places.EXAMPLES
