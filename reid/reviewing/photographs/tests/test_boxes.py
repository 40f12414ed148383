"""Boxes that people draw, move and delete: what follows from them, and that all of it can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from reid import reviewing as review
from reid.imaging.canonical import crop_name
from reid.imaging.crops import Box
from reid.models import Detection, Embedding, Encounter, Image, Sighting, SimilarityScore, Tag
from reid.reviewing import ReviewRefused, StaleReview, UndoConflict
from reid.storage.photo_store import photo_store
from reid.suggesting import queue
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, seen, sighting, state

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from pytest_django import DjangoCaptureOnCommitCallbacks

pytestmark = pytest.mark.django_db

BOX = Box(20, 30, 120, 90)


def draw(image: Image, box: Box = BOX, classification: str = "doe") -> Detection:
    review.draw_box(image=image.pk, box=box, classification=classification, actor=reviewer())
    return Detection.objects.get(image=image, x=box.x, y=box.y)


def undo_last(of: Detection | Image) -> None:
    last = of.events.order_by("pk").last()
    assert last is not None
    review.undo(operation=last.operation_id, actor=reviewer("ben"))


def versions(*detections: Detection) -> dict[UUID, int]:
    rows = Detection.objects.filter(pk__in=[item.pk for item in detections])
    return dict(rows.values_list("pk", "version"))


# --- drawn ----------------------------------------------------------------------------------------


def test_a_drawn_box_is_a_detection_of_a_sighting_that_the_next_run_identifies() -> None:
    image = make.image(looked=Image.Looked.NO)
    drawn = draw(image)
    image.refresh_from_db()
    assert (drawn.x, drawn.y, drawn.width, drawn.height) == (20, 30, 120, 90)
    assert (drawn.effective_class, drawn.confidence, drawn.detector) == ("doe", 1.0, "")
    assert drawn.is_valid
    assert drawn.scores_stale
    assert drawn.sighting in queue.waiting()  # who it is was not said
    assert drawn.sighting is not None
    assert drawn.sighting.encounter_id == image.encounter_id is not None
    assert image.looked == Image.Looked.YES


def test_a_drawn_box_joins_the_sighting_of_the_photographs_around_it() -> None:
    camera = make.camera()
    first = draw(make.image(camera=camera))
    second = draw(make.image(camera=camera, captured_at=make.later(minutes=2)))
    assert second.sighting_id == first.sighting_id


def test_a_box_between_two_encounters_joins_them_and_its_undo_parts_them_again() -> None:
    camera = make.camera()
    draw(make.image(camera=camera))
    draw(make.image(camera=camera, captured_at=make.later(minutes=8)))
    assert Encounter.objects.count() == 2
    between = draw(make.image(camera=camera, captured_at=make.later(minutes=4)))
    assert Encounter.objects.count() == 1
    undo_last(between)
    assert Encounter.objects.count() == 2
    assert Detection.objects.values("sighting").distinct().count() == 2


def test_a_second_box_on_a_photograph_is_another_sighting() -> None:
    image = make.image()
    first = draw(image)
    second = draw(image, Box(200, 30, 80, 90))
    first.refresh_from_db()
    assert first.sighting_id != second.sighting_id


def test_a_drawn_box_that_is_undone_is_gone_and_comes_back_when_that_is_undone() -> None:
    image = make.image(looked=Image.Looked.NO)
    drawn = draw(image)
    undo_last(drawn)
    image.refresh_from_db()
    assert not Detection.objects.exists()
    assert not Sighting.objects.exists()
    assert image.encounter is None
    assert image.looked == Image.Looked.NO
    hidden = Detection.everything.get()
    undo_last(hidden)
    back = Detection.objects.get()
    assert back.pk == drawn.pk
    assert back.is_valid
    assert back.sighting is not None


@pytest.mark.parametrize(
    "box", [Box(0, 0, 7, 50), Box(300, 0, 30, 50), Box(0, 200, 30, 50), Box(-1, 0, 30, 50)]
)
def test_a_box_that_is_too_small_or_outside_is_refused(box: Box) -> None:
    image = make.image()
    with pytest.raises(ReviewRefused):
        draw(image, box)
    assert not Detection.everything.exists()


def test_one_box_is_not_drawn_twice() -> None:
    image = make.image()
    draw(image)
    with pytest.raises(ReviewRefused):
        draw(image)


def test_a_drawn_box_that_was_named_since_is_undone_after_the_name_alone() -> None:
    drawn = draw(make.image())
    assert drawn.sighting is not None
    drawing = drawn.events.order_by("pk").first()
    assert drawing is not None
    oak = make.deer("Oak")
    review.assign(
        sighting=drawn.sighting.pk, deer=oak.pk, versions=seen(drawn.sighting), actor=reviewer()
    )
    with pytest.raises(UndoConflict, match="Undo that first"):
        review.undo(operation=drawing.operation_id, actor=reviewer())


# --- moved ----------------------------------------------------------------------------------------


def test_a_moved_box_loses_what_machines_made_of_it_and_keeps_its_deer(
    media_root: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    scorer, oak = make.scorer(), make.deer("Oak")
    moved = make.detection(deer=oak)
    make.embedding(moved, scorer, 1, 0, 0, 0)
    make.score(moved, oak, 9_000, make.run(scorer))
    photo_store.replace(crop_name(moved.pk), b"a crop of the old box")
    with django_capture_on_commit_callbacks(execute=True):
        review.move_box(detection=moved.pk, box=BOX, versions=versions(moved), actor=reviewer())
    moved.refresh_from_db()
    assert Box(moved.x, moved.y, moved.width, moved.height) == BOX
    assert (moved.deer, moved.scores_stale) == (oak, True)
    assert not Embedding.objects.exists()
    assert not SimilarityScore.objects.exists()
    assert not photo_store.exists(crop_name(moved.pk))


def test_the_undo_of_a_move_gives_the_old_box_back_and_makes_what_is_of_the_new_one_stale() -> None:
    scorer = make.scorer()
    moved = make.detection()
    review.move_box(detection=moved.pk, box=BOX, versions=versions(moved), actor=reviewer())
    make.embedding(moved, scorer, 1, 0, 0, 0)
    undo_last(moved)
    moved.refresh_from_db()
    assert (moved.x, moved.y, moved.width, moved.height) == (10, 10, 100, 100)
    assert not Embedding.objects.exists()


def test_a_reference_whose_box_becomes_too_small_to_compare_stands_for_its_deer_no_more() -> None:
    moved = make.detection(deer=make.deer(), is_reference=True)
    side = settings.REID_MIN_CROP - 1
    box = Box(10, 10, 100, side)
    review.move_box(detection=moved.pk, box=box, versions=versions(moved), actor=reviewer())
    moved.refresh_from_db()
    assert not moved.is_reference


def test_a_box_is_not_moved_onto_another_one_or_by_who_saw_an_older_state() -> None:
    image = make.image()
    moved = make.detection(image=image)
    make.detection(image=image, x=150)
    with pytest.raises(ReviewRefused):
        review.move_box(
            detection=moved.pk,
            box=Box(150, 10, 100, 100),
            versions=versions(moved),
            actor=reviewer(),
        )
    with pytest.raises(StaleReview):
        review.move_box(detection=moved.pk, box=BOX, versions={moved.pk: 7}, actor=reviewer())


# --- deleted --------------------------------------------------------------------------------------


def test_a_deleted_box_is_shown_nowhere_and_its_undo_brings_it_back_with_its_deer() -> None:
    of = sighting(frames=2, deer=make.deer("Oak"), is_reference=True)
    before = everything()
    first, second = Detection.objects.order_by("pk")
    review.delete_boxes(versions=versions(first), actor=reviewer())
    assert list(Detection.objects.all()) == [second]
    hidden = Detection.everything.get(pk=first.pk)
    assert (hidden.sighting, hidden.deer, hidden.is_valid) == (None, None, False)
    assert not first.deer_id or first.deer.detections.get() == second  # type: ignore[union-attr]
    undo_last(hidden)
    assert state(of) == [("Oak", "imported", True)] * 2
    assert everything() == before


def test_the_last_box_of_a_photograph_takes_it_out_of_its_encounter() -> None:
    of = sighting()
    (item,) = Detection.objects.all()
    review.delete_boxes(versions=versions(item), actor=reviewer())
    item.image.refresh_from_db()
    assert item.image.encounter is None
    assert not Sighting.objects.filter(pk=of.pk).exists()
    assert not Encounter.objects.exists()


def test_a_deleted_box_does_not_come_back_where_another_one_has_its_place() -> None:
    item = make.detection()
    review.delete_boxes(versions=versions(item), actor=reviewer())
    draw(item.image, Box(item.x, item.y, item.width, item.height))
    with pytest.raises(UndoConflict, match="another box of the same place"):
        undo_last(Detection.everything.get(pk=item.pk))


# --- notes, tags, favourites ----------------------------------------------------------------------


def test_notes_tags_and_favourites_are_written_and_undone_together() -> None:
    one, other = make.image(note="old"), make.image()
    other.tags.set(Tag.objects.named(["north"]))
    done = review.annotate(
        versions={one.pk: 0, other.pk: 0},
        note="by the creek",
        is_favourite=True,
        add_tags=["To print"],
        remove_tags=["North"],
        actor=reviewer(),
    )
    for image in (one, other):
        image.refresh_from_db()
        assert (image.note, image.is_favourite, image.version) == ("by the creek", True, 1)
        assert [tag.name for tag in image.tags.all()] == ["To print"]
    review.undo(operation=done.pk, actor=reviewer())
    one.refresh_from_db()
    assert (one.note, one.is_favourite, list(one.tags.all())) == ("old", False, [])
    assert [tag.name for tag in other.tags.all()] == ["north"]


def test_who_saw_an_older_note_is_told_who_changed_it() -> None:
    image = make.image()
    review.annotate(versions={image.pk: 0}, note="first", actor=reviewer("ben"))
    with pytest.raises(StaleReview, match="ben"):
        review.annotate(versions={image.pk: 0}, note="second", actor=reviewer())


def test_a_note_that_was_changed_since_is_undone_after_that_change_alone() -> None:
    image = make.image()
    first = review.annotate(versions={image.pk: 0}, note="first", actor=reviewer())
    review.annotate(versions={image.pk: 1}, note="second", actor=reviewer("ben"))
    with pytest.raises(UndoConflict, match="ben"):
        review.undo(operation=first.pk, actor=reviewer())


@pytest.mark.parametrize("wrong", [{"note": "x" * 4_001}, {"add_tags": ["a,b"]}, {}])
def test_what_cannot_be_or_changes_nothing_is_refused(wrong: dict[str, object]) -> None:
    image = make.image()
    with pytest.raises(ReviewRefused):
        review.annotate(versions={image.pk: 0}, actor=reviewer(), **wrong)  # type: ignore[arg-type]


# --- many at once ---------------------------------------------------------------------------------


def test_several_sightings_get_one_deer_in_one_operation() -> None:
    one, other, oak = sighting(), sighting(), make.deer("Oak")
    done = review.assign_group(
        sightings=[one.pk, other.pk],
        deer=oak.pk,
        versions=seen(one, other),
        actor=reviewer(),
    )
    assert state(one)[0][:2] == state(other)[0][:2] == ("Oak", "reviewed")
    review.undo(operation=done.pk, actor=reviewer())
    assert state(one) == state(other) == [(None, "none", False)]
