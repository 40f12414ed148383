"""Merge of two profiles into one."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid import reviewing
from reid.models import Deer, DeerSeason, Detection, IdentityEvent, SimilarityScore, Tag
from reid.reviewing import ReviewRefused, conflicts, ledger, merging, scene
from reid.tests import make
from reid.tests.reviewing import events, reviewer, sighting, state

pytestmark = pytest.mark.django_db


def merge(deer, into):
    return reviewing.merge(deer=deer.pk, into=into.pk, actor=reviewer())


def test_the_survivor_takes_over_every_detection_and_the_log_keeps_its_rows() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    known, guessed = (
        sighting(deer=elm, is_reference=True),
        sighting(deer=elm, identity_source="auto"),
    )
    thrown_out = sighting(deer=elm, is_valid=False)
    row = make.score(known.detections.get(), elm, 9000, make.run(make.scorer()), matched=True)
    done = merge(elm, oak)
    assert state(known) == [("Oak", "imported", True)]
    assert state(guessed) == [("Oak", "auto", False)]
    assert state(thrown_out) == [("Oak", "imported", False)]
    elm.refresh_from_db()
    assert elm.merged_into == oak
    assert ("merged_into", None, str(oak.pk)) in events(done)
    assert SimilarityScore.objects.get() == row
    assert SimilarityScore.objects.get().matched


def test_what_is_not_known_of_the_survivor_is_taken_from_the_other_one_until_an_undo() -> None:
    oak = make.deer("Oak", notes="Limps.")
    elm = make.deer(
        "Elm", sex="doe", status="deceased", born_on=date(2019, 1, 1), notes="Torn ear."
    )
    Deer.objects.filter(pk=elm.pk).update(died_on=date(2026, 3, 1))
    elm.tags.set(Tag.objects.named(["North"]))
    DeerSeason.objects.create(deer=elm, year=2025, points=8)
    done = merge(elm, oak)
    oak.refresh_from_db()
    assert (oak.sex, oak.status) == ("doe", "deceased")
    assert (oak.born_on, oak.died_on) == (date(2019, 1, 1), date(2026, 3, 1))
    assert (oak.notes, [tag.name for tag in oak.tags.all()]) == ("Limps.", ["North"])
    assert oak.seasons.get().points == 8
    reviewing.undo(operation=done.pk, actor=reviewer())
    oak.refresh_from_db()
    assert (oak.sex, oak.status, oak.born_on, oak.died_on) == ("unknown", "unknown", None, None)
    assert not oak.tags.exists()
    assert not oak.seasons.exists()


def test_what_is_known_of_the_survivor_stays() -> None:
    oak = make.deer("Oak", sex="fawn", status="alive", born_on=date(2024, 6, 1))
    elm = make.deer("Elm", sex="doe", status="deceased", born_on=date(2020, 1, 1))
    Deer.objects.filter(pk=elm.pk).update(died_on=date(2026, 3, 1))
    merge(elm, oak)
    oak.refresh_from_db()
    assert (oak.sex, oak.status) == ("fawn", "alive")
    assert (oak.born_on, oak.died_on) == (date(2024, 6, 1), None)


def test_a_sex_that_contradicts_what_the_survivor_was_seen_as_is_not_taken_over() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm", sex="doe")
    sighting(deer=oak, classification="buck")
    with pytest.raises(ReviewRefused, match="correct the class or the profile first"):
        merge(elm, oak)


def test_references_of_both_obey_the_limits_of_one() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    of = make.sighting()
    for deer in (oak, elm):
        make.detection(
            sighting=of, image=make.image(encounter=of.encounter), deer=deer, is_reference=True
        )
    merge(elm, oak)
    assert list(
        Detection.objects.order_by("created_at").values_list("deer__name", "is_reference")
    ) == [("Oak", True), ("Oak", False)]


def test_two_that_stood_side_by_side_are_two() -> None:
    oak, elm, frame = make.deer("Oak"), make.deer("Elm"), make.image()
    sighting(image=frame, deer=oak)
    sighting(image=frame, deer=elm, x=200)
    with pytest.raises(ReviewRefused) as error:
        merge(elm, oak)
    assert str(error.value) == conflicts.TWICE_IN_FRAME.format(deer="Oak")


@pytest.mark.parametrize("guess_of", ["Oak", "Elm"])
def test_a_guess_that_puts_both_on_a_photograph_gives_way(guess_of: str) -> None:
    deer, frame = {name: make.deer(name) for name in ("Oak", "Elm")}, make.image()
    sources = {name: "auto" if name == guess_of else "reviewed" for name in deer}
    of = {
        name: sighting(image=frame, x=number * 150, deer=deer[name], identity_source=sources[name])
        for number, name in enumerate(deer)
    }
    merge(deer["Elm"], deer["Oak"])
    known = "Elm" if guess_of == "Oak" else "Oak"
    assert state(of[guess_of]) == [(None, "none", False)]
    assert state(of[known])[0][:2] == ("Oak", "reviewed")


def test_a_merge_contradicts_neither_sex_nor_itself() -> None:
    buck, doe = make.deer("Oak", sex="buck"), make.deer("Hazel", sex="doe")
    unknown = make.deer("Elm")
    sighting(deer=unknown, classification="buck")
    for deer, into, text in (
        (buck, buck, merging.SAME_DEER),
        (buck, doe, merging.OTHER_SEX.format(deer="Oak", sex="buck", into="Hazel", other="doe")),
        (unknown, doe, conflicts.WRONG_SEX.format(deer="Hazel", sex="doe", name="buck")),
    ):
        with pytest.raises(ReviewRefused) as error:
            merge(deer, into)
        assert str(error.value) == text


def test_a_deer_is_merged_once() -> None:
    oak, elm, ash = make.deer("Oak"), make.deer("Elm"), make.deer("Ash")
    merge(elm, oak)
    for deer, into in ((elm, ash), (ash, elm)):
        with pytest.raises(ReviewRefused) as error:
            merge(deer, into)
        assert str(error.value) == scene.MERGED_DEER.format(deer="Elm", into="Oak")


def test_a_large_profile_takes_no_more_queries_than_a_small_one() -> None:
    reviewer()

    def queries(count: int) -> int:
        deer, into = make.deer(), make.deer()
        for _ in range(count):
            sighting(deer=deer)
        with CaptureQueriesContext(connection) as captured:
            merge(deer, into)
        return len(captured)

    assert queries(12) == queries(2)


def test_two_that_are_kept_apart_are_remembered_through_a_merge_of_one_of_them() -> None:
    oak, elm, ash = (make.deer(name) for name in ("Oak", "Elm", "Ash"))
    done = reviewing.keep_apart(deer=oak.pk, other=elm.pk, actor=reviewer())
    (event,) = events(done)
    assert event == ("kept_apart", None, str(max(oak.pk, elm.pk)))
    merge(elm, ash)
    assert IdentityEvent.objects.kept_apart() == {frozenset({oak.pk, ash.pk})}
    merge(ash, oak)  # a person thinks better of it: nothing is left to keep apart
    assert IdentityEvent.objects.kept_apart() == set()


def test_a_pair_is_kept_apart_once_and_is_two_profiles() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    reviewing.keep_apart(deer=oak.pk, other=elm.pk, actor=reviewer())
    with pytest.raises(ReviewRefused, match=ledger.NOTHING_CHANGES):
        reviewing.keep_apart(deer=elm.pk, other=oak.pk, actor=reviewer())
    with pytest.raises(ReviewRefused, match=merging.ONE_PROFILE):
        reviewing.keep_apart(deer=elm.pk, other=elm.pk, actor=reviewer())
