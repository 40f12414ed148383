"""Certified pairs assigned: exactly those, less what people have said since, in one operation that can be undone."""

from __future__ import annotations

import pytest

from reid import reviewing
from reid.models import Detection, Operation
from reid.reviewing import CertifiedPair, LeftOut, ReviewRefused
from reid.tests import make
from reid.tests.reviewing import events, reviewer, sighting, state

pytestmark = pytest.mark.django_db


def pair(of, deer):
    return CertifiedPair(of.pk, deer.pk, reviewing.contents([of.pk])[of.pk])


def assign(*pairs):
    return reviewing.assign_certified(pairs, actor=reviewer(), reason="Certified for batch 1.")


def test_a_certified_sighting_gets_its_deer_on_every_detection_and_no_reference():
    oak, seen = make.deer("Oak"), sighting()
    make.detection(sighting=seen, image=make.image(encounter=seen.encounter))
    done = assign(pair(seen, oak))
    assert state(seen) == [("Oak", "certified", False)] * 2
    assert (done.sightings, done.left_out.total()) == (1, 0)
    assert done.operation.kind == Operation.Kind.CERTIFY
    assert ("identity_source", "none", "certified") in events(done.operation)


def test_it_is_undone_as_a_whole_and_leaves_the_scores_as_good_as_they_were():
    oak, one, other = make.deer("Oak"), sighting(), sighting(identity_source="none")
    done = assign(pair(one, oak), pair(other, oak))
    Detection.objects.update(scores_stale=False)
    reviewing.undo(operation=done.operation.pk, actor=reviewer())
    assert state(one) == state(other) == [(None, "none", False)]
    assert not Detection.objects.filter(scores_stale=True).exists()


def test_what_a_run_gave_is_certified_where_it_is_the_same_and_replaced_where_it_is_not():
    oak, elm = make.deer("Oak"), make.deer("Elm")
    same, another = (sighting(deer=oak, identity_source="auto") for _ in range(2))
    assign(pair(same, oak), pair(another, elm))
    assert state(same) == [("Oak", "certified", False)]
    assert state(another) == [("Elm", "certified", False)]


def test_what_people_and_imports_said_since_stays():
    oak, elm = make.deer("Oak"), make.deer("Elm")
    reviewed, imported, looked_at, free = (sighting() for _ in range(4))
    pairs = [pair(one, oak) for one in (reviewed, imported, looked_at, free)]
    reviewing.assign(
        sighting=reviewed.pk,
        deer=elm.pk,
        versions={reviewed.detections.get().pk: reviewed.detections.get().version},
        actor=reviewer(),
    )
    imported.detections.update(deer=elm, identity_source="imported")
    looked_at.detections.update(reviewed_by=reviewer(), reviewed_at=make.NOON)
    done = assign(*pairs)
    assert state(reviewed)[0][:2] == ("Elm", "reviewed")
    assert state(imported) == [("Elm", "imported", False)]
    assert state(looked_at) == [(None, "none", False)]
    assert (done.sightings, done.left_out) == (1, {LeftOut.JUDGED: 3})


def test_a_deer_that_was_ruled_out_since_is_not_assigned():
    oak, seen, free = make.deer("Oak"), sighting(), sighting()
    pairs = [pair(seen, oak), pair(free, oak)]
    detection = seen.detections.get()
    reviewing.reject(
        sighting=seen.pk,
        deer=[oak.pk],
        versions={detection.pk: detection.version},
        actor=reviewer(),
    )
    seen.detections.update(reviewed_at=None, reviewed_by=None)  # the rejection alone counts
    assert assign(*pairs).left_out == {LeftOut.JUDGED: 1}


def test_a_sighting_that_shows_something_else_by_now_is_not_the_one_that_was_certified():
    oak, grown, shrunk, free = make.deer("Oak"), sighting(), sighting(), sighting()
    pairs = [pair(one, oak) for one in (grown, shrunk, free)]
    make.detection(sighting=grown, image=make.image(encounter=grown.encounter))
    shrunk.detections.update(is_valid=False)
    done = assign(*pairs)
    assert state(grown) == [(None, "none", False)] * 2
    assert (done.sightings, done.left_out) == (1, {LeftOut.CHANGED: 2})


def test_no_deer_stands_twice_on_a_photograph():
    oak, frame, free = make.deer("Oak"), make.image(), sighting()
    beside = sighting(image=frame, deer=oak)
    seen = sighting(image=frame, x=200)
    done = assign(pair(seen, oak), pair(free, oak))
    assert state(beside) == [("Oak", "imported", False)]
    assert (done.sightings, done.left_out) == (1, {LeftOut.HELD: 1})


def test_two_profiles_that_were_merged_since_do_not_meet_on_a_photograph():
    oak, elm, frame = make.deer("Oak"), make.deer("Elm"), make.image()
    one, other = sighting(image=frame), sighting(image=frame, x=200)
    pairs = [pair(one, oak), pair(other, elm)]
    elm.merged_into = oak
    elm.save()
    done = assign(*pairs)
    assert state(one) == [("Oak", "certified", False)]
    assert done.left_out == {LeftOut.HELD: 1}


def test_a_merged_deer_gives_way_to_the_profile_that_stands_for_it():
    oak, elm, ash, seen = make.deer("Oak"), make.deer("Elm"), make.deer("Ash"), sighting()
    certified = pair(seen, ash)
    for gone, into in ((ash, elm), (elm, oak)):
        gone.merged_into = into
        gone.save()
    assign(certified)
    assert state(seen) == [("Oak", "certified", False)]


def test_a_deer_that_its_corrected_sex_rules_out_is_not_assigned():
    oak, seen, free = make.deer("Oak"), sighting(classification="buck"), sighting()
    pairs = [pair(seen, oak), pair(free, oak)]
    oak.sex = "doe"
    oak.save()
    assert assign(*pairs).left_out == {LeftOut.RULED_OUT: 1}


def test_where_nothing_is_left_to_assign_it_is_refused():
    oak, seen = make.deer("Oak"), sighting()
    certified = pair(seen, oak)
    seen.detections.update(reviewed_by=reviewer(), reviewed_at=make.NOON)
    with pytest.raises(ReviewRefused):
        assign(certified)
    assert not Operation.objects.exists()


def test_a_person_overrules_a_certified_name():
    oak, elm, seen = make.deer("Oak"), make.deer("Elm"), sighting()
    assign(pair(seen, oak))
    detection = seen.detections.get()
    reviewing.assign(
        sighting=seen.pk, deer=elm.pk, versions={detection.pk: detection.version}, actor=reviewer()
    )
    assert state(seen)[0][:2] == ("Elm", "reviewed")
