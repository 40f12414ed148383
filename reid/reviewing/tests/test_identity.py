"""Identity reviews: what confirm, assign, new deer, split and reject do to a sighting."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from reid import reviewing
from reid.matching.enrolment import REFERENCES_A_DEER
from reid.models import Deer, Detection, IdentityEvent, Operation
from reid.reviewing import ReviewRefused, StaleReview, conflicts, identity, ledger, scene
from reid.reviewing.profiles import beginning
from reid.tests import make
from reid.tests.reviewing import events, reviewer, seen, sighting, state

pytestmark = pytest.mark.django_db


def assign(of, deer, **how):
    return reviewing.assign(
        sighting=of.pk, deer=deer.pk, versions=seen(of), **{"actor": reviewer()} | how
    )


def test_a_confirmation_names_the_whole_sighting_and_logs_every_field() -> None:
    oak, of = make.deer("Oak"), sighting(frames=2)
    for detection in of.detections.all():
        make.score(detection, oak, 9000, make.run(make.scorer(is_active=False)))
    done = reviewing.confirm(
        sighting=of.pk,
        deer=oak.pk,
        versions=seen(of),
        actor=reviewer(),
        reason="the notch",
        selection="random",
        shown_rank=1,
        seconds=2.5,
    )
    assert (done.kind, done.actor, done.reason) == ("confirm", reviewer(), "the notch")
    assert (done.selection, done.shown_rank, done.seconds) == ("random", 1, 2.5)
    # One reference an encounter and flank: the two photographs are of one encounter.
    assert sorted(state(of)) == [("Oak", "reviewed", False), ("Oak", "reviewed", True)]
    row = of.detections.first()
    assert row is not None
    assert (row.reviewed_by, row.version > 0, row.scores_stale) == (reviewer(), True, True)
    assert {("deer", None, str(oak.pk)), ("identity_source", "none", "reviewed")} <= set(
        events(done)
    )
    assert {("reviewed_by", None, reviewer().pk), ("is_reference", False, True)} <= set(
        events(done)
    )


def test_only_what_was_compared_or_assigned_can_be_confirmed() -> None:
    of, oak = sighting(), make.deer("Oak")
    with pytest.raises(ReviewRefused, match=conflicts.NOT_SUGGESTED):
        reviewing.confirm(sighting=of.pk, deer=oak.pk, versions=seen(of), actor=reviewer())
    of = sighting(deer=oak, identity_source="auto")
    reviewing.confirm(sighting=of.pk, deer=oak.pk, versions=seen(of), actor=reviewer())
    assert state(of) == [("Oak", "reviewed", True)]
    assert not Operation.objects.filter(kind="confirm").exclude(events__isnull=False).exists()


def test_the_second_reviewer_is_told_what_changed_and_by_whom() -> None:
    of, oak, elm = sighting(), make.deer("Oak"), make.deer("Elm")
    versions = seen(of)
    first = assign(of, oak)
    with pytest.raises(StaleReview, match=r"deer of detection .* was changed by alma") as error:
        reviewing.assign(sighting=of.pk, deer=elm.pk, versions=versions, actor=reviewer("ben"))
    change = error.value.changes[0]
    assert (change.field, change.before, change.after) == ("deer", None, str(oak.pk))
    assert (change.by, change.kind, change.operation) == ("alma", "assign", first.pk)
    assert state(of) == [("Oak", "reviewed", True)]


def test_a_sighting_that_has_grown_or_vanished_is_another_one() -> None:
    of, oak = sighting(), make.deer()
    versions = seen(of)
    make.detection(sighting=of)
    with pytest.raises(StaleReview, match="grouped anew"):
        reviewing.assign(sighting=of.pk, deer=oak.pk, versions=versions, actor=reviewer())
    with pytest.raises(StaleReview):
        reviewing.assign(sighting=uuid4(), deer=oak.pk, versions=versions, actor=reviewer())


def test_people_vehicles_and_the_invalid_are_never_identified() -> None:
    oak = make.deer()
    for fields in (
        {"classification": "person"},
        {"classification": "vehicle"},
        {"is_valid": False},
    ):
        of = sighting(**fields)
        with pytest.raises(ReviewRefused, match=identity.NOTHING_TO_IDENTIFY):
            assign(of, oak)
    mixed = sighting()
    make.detection(sighting=mixed, classification="person")
    assign(mixed, oak)
    assert Detection.objects.get(classification="doe", sighting=mixed).deer == oak
    assert Detection.objects.get(classification="person", sighting=mixed).deer is None


def test_a_buck_is_not_confirmed_as_a_doe_nor_the_dead_as_alive() -> None:
    of = sighting(classification="buck")
    with pytest.raises(ReviewRefused) as error:
        assign(of, make.deer("Hazel", sex="doe"))
    assert str(error.value) == conflicts.WRONG_SEX.format(deer="Hazel", sex="doe", name="buck")
    with pytest.raises(ReviewRefused) as error:
        assign(of, make.deer("Ash", died_on=date(2025, 9, 30)))
    assert str(error.value) == conflicts.NOT_ALIVE.format(deer="Ash", day="2025-10-01")
    untimed = sighting(image=make.image(captured_at=None))
    assign(untimed, Deer.objects.get(name="Ash"))


def test_one_deer_is_once_on_a_photograph() -> None:
    oak, frame = make.deer("Oak"), make.image()
    left = sighting(image=frame, deer=oak)
    right = sighting(image=frame, x=200)
    with pytest.raises(ReviewRefused, match="another animal on the same photograph"):
        assign(right, oak)
    assert state(left) == [("Oak", "imported", False)]


def test_a_guess_on_the_same_photograph_gives_way_whole() -> None:
    oak, frame = make.deer("Oak"), make.image()
    guessed = sighting(image=frame, deer=oak, identity_source="auto")
    other_frame = make.image(encounter=guessed.encounter)
    make.detection(sighting=guessed, image=other_frame, deer=oak, identity_source="auto")
    right = sighting(image=frame, x=200)
    assign(right, oak)
    assert state(guessed) == [(None, "none", False)] * 2
    assert state(right) == [("Oak", "reviewed", True)]


def test_unknown_and_merged_deer_are_refused() -> None:
    of, oak = sighting(), make.deer("Oak")
    with pytest.raises(ReviewRefused, match="There is no deer"):
        reviewing.assign(sighting=of.pk, deer=uuid4(), versions=seen(of), actor=reviewer())
    with pytest.raises(ReviewRefused) as error:
        assign(of, make.deer("Elm", merged_into=oak))
    assert str(error.value) == scene.MERGED_DEER.format(deer="Elm", into="Oak")


def test_a_deer_has_so_many_references_and_no_more() -> None:
    oak = make.deer()
    for _ in range(REFERENCES_A_DEER):
        sighting(deer=oak, is_reference=True)
    of = sighting()
    assign(of, oak)
    assert state(of) == [(oak.name, "reviewed", False)]


def test_what_an_audit_judges_stays_out_of_the_gallery() -> None:
    of = sighting()
    assign(of, make.deer("Oak"), selection="audit")
    assert state(of) == [("Oak", "reviewed", False)]


def test_a_flank_seen_on_the_way_is_kept_with_the_review() -> None:
    of = sighting(frames=2)
    first, second = of.detections.order_by("pk")
    reviewing.assign(
        sighting=of.pk,
        deer=make.deer("Oak").pk,
        versions=seen(of),
        flanks={first.pk: "left", second.pk: "right"},
        actor=reviewer(),
    )
    # Two flanks of one encounter are two places in the gallery.
    assert state(of) == [("Oak", "reviewed", True)] * 2
    assert {row.flank for row in of.detections.all()} == {"left", "right"}


@pytest.mark.parametrize(
    ("classes", "sex"),
    [(["buck"], "buck"), (["doe", "unknown_deer"], "doe"), (["buck", "doe"], "unknown")],
)
def test_a_new_deer_has_the_sex_its_classes_agree_on(classes: list[str], sex: str) -> None:
    of = make.sighting()
    for name in classes:
        make.detection(sighting=of, classification=name)
    done = reviewing.new_deer(
        sighting=of.pk, name="  Big \n Oak ", versions=seen(of), actor=reviewer()
    )
    assert (Deer.objects.get().name, Deer.objects.get().sex) == ("Big Oak", sex)
    assert ("created", None, {"name": "Big Oak", "sex": sex}) in events(done)


def test_a_new_deer_needs_a_name_of_its_own() -> None:
    of = sighting()
    make.detection(deer=make.deer("Oak"))
    for name, text in (
        ("Oak", beginning.NAME_TAKEN.format(name="Oak")),
        ("  ", beginning.NAME_EMPTY),
        ("x" * 101, beginning.NAME_TOO_LONG),
    ):
        with pytest.raises(ReviewRefused) as error:
            reviewing.new_deer(sighting=of.pk, name=name, versions=seen(of), actor=reviewer())
        assert (str(error.value), error.value.field) == (text, "name")
    assert not Operation.objects.exists()


def test_an_empty_profile_of_that_name_is_taken_up() -> None:
    of, oak = sighting(), make.deer("Oak", notes="seen from the road")
    reviewing.new_deer(sighting=of.pk, name="Oak", versions=seen(of), actor=reviewer())
    assert of.detections.get().deer == oak


def test_a_split_takes_the_chosen_sightings_and_leaves_the_rest() -> None:
    oak = make.deer("Oak")
    stays, goes, goes_too = (sighting(deer=oak, is_reference=True) for _ in range(3))
    done = reviewing.split(
        sightings=[goes.pk, goes_too.pk],
        name="Elm",
        versions=seen(goes, goes_too),
        actor=reviewer(),
    )
    assert done.kind == "split"
    assert state(stays) == [("Oak", "imported", True)]
    assert state(goes) == state(goes_too) == [("Elm", "reviewed", True)]


def test_a_split_is_of_one_deer() -> None:
    mixed = [sighting(deer=make.deer()), sighting(deer=make.deer())]
    for of, count in ((mixed, 2), ([sighting()], 0)):
        with pytest.raises(ReviewRefused) as error:
            reviewing.split(
                sightings=[one.pk for one in of], name="x", versions=seen(*of), actor=reviewer()
            )
        assert str(error.value) == identity.NOT_ONE_DEER.format(count=count)


def test_a_rejected_guess_is_taken_away_and_remembered() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    of = sighting(deer=oak, identity_source="auto")
    (key,) = seen(of)
    done = reviewing.reject(
        sighting=of.pk, deer=[oak.pk, elm.pk], versions=seen(of), actor=reviewer()
    )
    assert state(of) == [(None, "none", False)]
    assert of.detections.get().reviewed_by == reviewer()
    assert IdentityEvent.objects.rejected_pairs([key]) == {(key, oak.pk), (key, elm.pk)}
    assert IdentityEvent.objects.filter(operation=done, field="rejected").count() == 2
    assign(of, oak)
    assert IdentityEvent.objects.rejected_pairs([key]) == {(key, elm.pk)}


def test_a_rejection_without_names_means_the_deer_it_bears() -> None:
    oak = make.deer("Oak")
    of = sighting(deer=oak, is_reference=True)
    reviewing.reject(sighting=of.pk, versions=seen(of), actor=reviewer())
    assert state(of) == [(None, "none", False)]
    with pytest.raises(ReviewRefused, match=identity.NOTHING_TO_REJECT):
        reviewing.reject(sighting=of.pk, versions=seen(of), actor=reviewer())
    with pytest.raises(ReviewRefused, match="There is no deer"):
        reviewing.reject(sighting=of.pk, deer=[uuid4()], versions=seen(of), actor=reviewer())


def test_an_identity_that_is_not_among_the_rejected_stays() -> None:
    of = sighting(deer=make.deer("Oak"))
    reviewing.reject(sighting=of.pk, deer=[make.deer().pk], versions=seen(of), actor=reviewer())
    assert state(of) == [("Oak", "imported", False)]


@pytest.mark.django_db(transaction=True)
def test_an_operation_is_written_in_one_transaction() -> None:
    with pytest.raises(RuntimeError):
        ledger.Ledger(Operation.Kind.CONFIRM, {"actor": reviewer()})
    assert not Operation.objects.exists()


def test_a_label_that_is_kept_is_remembered_and_stays_whose_word_it_was() -> None:
    oak, of = make.deer("Oak"), sighting(frames=2)
    of.detections.update(deer=oak, identity_source="imported")
    before = state(of)
    reviewing.keep_label(sighting=of.pk, versions=seen(of), actor=reviewer())
    assert state(of) == before
    assert IdentityEvent.objects.kept_labels() == {
        (key, oak.pk) for key in of.detections.values_list("pk", flat=True)
    }
    with pytest.raises(ReviewRefused, match=ledger.NOTHING_CHANGES):
        reviewing.keep_label(sighting=of.pk, versions=seen(of), actor=reviewer())


def test_a_kept_label_goes_along_when_its_deer_is_merged_and_ends_with_another_name() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    of = sighting(deer=elm)
    reviewing.keep_label(sighting=of.pk, versions=seen(of), actor=reviewer())
    reviewing.merge(deer=elm.pk, into=oak.pk, actor=reviewer())
    (kept,) = IdentityEvent.objects.kept_labels()
    assert kept == (of.detections.get().pk, oak.pk)
    assign(of, make.deer("Ash"))
    assert (of.detections.get().pk, of.detections.get().deer_id) not in {kept}


def test_there_must_be_a_label_to_keep() -> None:
    of = sighting(deer=make.deer("Oak"), identity_source="auto")
    with pytest.raises(ReviewRefused, match=identity.NO_LABEL):
        reviewing.keep_label(sighting=of.pk, versions=seen(of), actor=reviewer())
