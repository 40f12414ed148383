"""Validity, class, flank and references, set by a person."""

from __future__ import annotations

from uuid import uuid4

import pytest

from reid import reviewing
from reid.models import Detection
from reid.reviewing import ReviewRefused, StaleReview, attributes, conflicts, ledger
from reid.suggesting import queue
from reid.tests import make
from reid.tests.reviewing import events, reviewer, seen, sighting, state

pytestmark = pytest.mark.django_db


def test_what_is_thrown_out_keeps_its_identity_and_leaves_the_gallery() -> None:
    oak = make.deer("Oak")
    of = sighting(deer=oak, is_reference=True)
    done = reviewing.invalidate(versions=seen(of), actor=reviewer())
    assert (done.kind, of.detections.get().is_valid) == ("invalidate", False)
    assert state(of) == [("Oak", "imported", False)]
    reviewing.make_valid(versions=seen(of), actor=reviewer())
    assert of.detections.get().is_valid
    assert state(of) == [("Oak", "imported", True)]


def test_what_is_so_already_is_no_operation() -> None:
    of = sighting()
    reviewing.invalidate(versions=seen(of), actor=reviewer())
    with pytest.raises(StaleReview, match="is_valid"):
        reviewing.invalidate(versions=dict.fromkeys(seen(of), 0), actor=reviewer())
    with pytest.raises(ReviewRefused, match=ledger.NOTHING_CHANGES):
        reviewing.drop_reference(versions=seen(of), actor=reviewer())


def test_a_detection_that_is_gone_is_stale() -> None:
    with pytest.raises(StaleReview):
        reviewing.invalidate(versions={uuid4(): 0}, actor=reviewer())


def test_a_detection_comes_back_only_where_its_deer_is_not_taken() -> None:
    oak, frame = make.deer("Oak"), make.image()
    out = sighting(image=frame, deer=oak, is_valid=False)
    sighting(image=frame, x=200, deer=oak)
    with pytest.raises(ReviewRefused) as error:
        reviewing.make_valid(versions=seen(out), actor=reviewer())
    assert str(error.value) == conflicts.TWICE_IN_FRAME.format(deer="Oak")


def test_a_corrected_class_wins_and_the_detector_s_own_needs_no_correction() -> None:
    of = sighting(classification="animal")
    reviewing.correct_class(versions=seen(of), classification="buck", actor=reviewer())
    row = of.detections.get()
    assert (row.classification, row.effective_class, row.scores_stale) == ("animal", "buck", True)
    reviewing.correct_class(versions=seen(of), classification="animal", actor=reviewer())
    row = of.detections.get()
    assert (row.corrected_classification, row.effective_class) == ("", "animal")


def test_what_is_called_a_deer_still_waits_for_its_name_and_other_animals_do_not() -> None:
    of = sighting(classification="animal")
    reviewing.correct_class(versions=seen(of), classification="unknown_deer", actor=reviewer())
    assert of in queue.waiting()
    reviewing.correct_class(versions=seen(of), classification="coyote", actor=reviewer())
    assert of not in queue.waiting()
    assert of.detections.get().reviewed_by == reviewer()


def test_many_are_classified_at_once_in_one_operation() -> None:
    several = [sighting(classification="animal") for _ in range(3)]
    done = reviewing.correct_class(versions=seen(*several), classification="doe", actor=reviewer())
    fields = [field for field, _, _ in events(done)]
    assert fields.count("corrected_classification") == 3
    assert set(Detection.objects.values_list("effective_class", flat=True)) == {"doe"}


@pytest.mark.parametrize("name", ["person", "vehicle", "cattle"])
def test_what_is_no_deer_loses_its_identity(name: str) -> None:
    of = sighting(deer=make.deer("Oak"), is_reference=True)
    reviewing.correct_class(versions=seen(of), classification=name, actor=reviewer())
    assert state(of) == [(None, "none", False)]


def test_a_class_that_contradicts_takes_a_guess_away_and_refuses_a_person_s_word() -> None:
    hazel = make.deer("Hazel", sex="doe")
    guessed = sighting(deer=hazel, identity_source="auto")
    reviewing.correct_class(versions=seen(guessed), classification="buck", actor=reviewer())
    assert state(guessed) == [(None, "none", False)]
    known = sighting(deer=hazel)
    with pytest.raises(ReviewRefused) as error:
        reviewing.correct_class(versions=seen(known), classification="buck", actor=reviewer())
    assert str(error.value) == conflicts.WRONG_SEX.format(deer="Hazel", sex="doe", name="buck")
    assert state(known) == [("Hazel", "imported", False)]


def test_a_reference_that_shows_another_flank_takes_that_place_where_it_is_free() -> None:
    oak = make.deer("Oak")
    of = make.sighting()
    frames = [make.image(encounter=of.encounter) for _ in range(2)]
    first, second = (
        make.detection(sighting=of, image=frame, deer=oak, is_reference=True, flank=flank)
        for frame, flank in zip(frames, ("left", "right"), strict=True)
    )
    reviewing.correct_class(versions={first.pk: 0}, flanks={first.pk: "front"}, actor=reviewer())
    first.refresh_from_db()
    assert (first.flank, first.is_reference) == ("front", True)
    reviewing.correct_class(
        versions={first.pk: first.version}, flanks={first.pk: "right"}, actor=reviewer()
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.flank, first.is_reference, second.is_reference) == ("right", False, True)


def test_references_are_enrolled_and_dropped_by_hand() -> None:
    of = sighting(deer=make.deer("Oak"))
    done = reviewing.enrol(versions=seen(of), actor=reviewer())
    assert (done.kind, state(of)) == ("enrol", [("Oak", "imported", True)])
    done = reviewing.drop_reference(versions=seen(of), actor=reviewer())
    assert (done.kind, state(of)) == ("drop_reference", [("Oak", "imported", False)])


def test_a_guess_is_no_reference() -> None:
    of = sighting(deer=make.deer(), identity_source="auto")
    with pytest.raises(ReviewRefused) as error:
        reviewing.enrol(versions=seen(of), actor=reviewer())
    assert str(error.value) == attributes.NOT_ENROLLED
