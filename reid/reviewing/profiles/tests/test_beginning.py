"""Profiles begun by a review: names that are nearly another one's, and what an undo leaves of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid import reviewing
from reid.models import Deer, FormerName
from reid.reviewing import NearNames, UndoConflict
from reid.suggesting import near_names
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting, state

if TYPE_CHECKING:
    from reid.models import Operation, Sighting

pytestmark = pytest.mark.django_db


def begin(of: Sighting, name: str, **more: Any) -> Operation:
    return reviewing.new_deer(
        sighting=of.pk, name=name, versions=seen(of), actor=reviewer(), **more
    )


def undo(done: Operation) -> Operation:
    return reviewing.undo(operation=done.pk, actor=reviewer())


def assign(of: Sighting, name: str) -> Operation:
    deer = Deer.objects.get(name=name)
    return reviewing.assign(sighting=of.pk, deer=deer.pk, versions=seen(of), actor=reviewer())


def test_a_name_that_is_nearly_another_ones_makes_no_deer_until_somebody_says_so() -> None:
    hickory = make.deer("Hickory")
    of = sighting()
    with pytest.raises(NearNames) as asked:
        begin(of, "hickori")
    assert [(one.deer, one.name) for one in asked.value.near] == [(hickory.pk, "Hickory")]
    assert "hickori is nearly the name of Hickory" in str(asked.value)
    assert Deer.objects.count() == 1
    begin(of, "hickori", confirm_new=True)
    assert state(of)[0][0] == "hickori"


def test_names_are_looked_up_among_former_and_merged_ones_too() -> None:
    oak = make.deer("Oak")
    make.deer("Juniper", merged_into=oak)
    FormerName.objects.create(deer=oak, name="Hickory")
    for name, found in (("Jupiner", "Juniper"), ("hickori", "Hickory")):
        (one,) = near_names.look_up(name).near
        assert (one.deer, one.name, one.found) == (oak.pk, "Oak", found)
    same = near_names.look_up(" JUNIPER ").same
    assert same is not None
    assert (same.deer, same.found) == (oak.pk, "Juniper")
    assert near_names.look_up("Hickori", but=oak.pk).near == ()
    assert near_names.look_up("  ") == near_names.KnownName("", None, ())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Aca", ["Acacia"]),
        ("AC", ["Acacia", "Acorn"]),
        ("old", ["Old Gus"]),
        ("gus", ["Old Gus"]),
        ("Acoun", ["Acorn"]),
        ("Buck 1", []),
        ("Buck", ["Buck 12"]),
        ("12", []),
        ("us", []),
    ],
)
def test_a_half_name_finds_the_deer_whose_name_begins_so_or_has_it_inside(
    typed: str, meant: list[str]
) -> None:
    for name in ("Acorn", "Acacia", "Old Gus", "Buck 12"):
        make.deer(name)
    assert [one.name for one in near_names.look_up(typed).near] == meant


def test_a_new_name_that_is_the_beginning_of_another_ones_asks_first() -> None:
    make.deer("Acacia")
    with pytest.raises(NearNames, match="Acacia"):
        begin(sighting(), "Aca")
    assert Deer.objects.count() == 1


def test_three_queries_look_a_name_up_in_any_number_of_deer(
    django_assert_num_queries: Any,
) -> None:
    for number in range(12):
        make.deer(f"Juniper {number}")
    with django_assert_num_queries(3):
        assert near_names.look_up("junipr 3").near[0].name == "Juniper 3"


def test_an_undone_beginning_leaves_no_empty_profile_and_the_redo_brings_it_back() -> None:
    of = sighting()
    done = begin(of, "Oak")
    oak = Deer.objects.get()
    back = undo(done)
    assert not Deer.objects.exists()
    assert Deer.everything.get().hidden_at is not None
    undo(back)
    assert Deer.objects.get() == oak
    assert Deer.objects.get().name == "Oak"
    assert state(of)[0][0] == "Oak"


def test_the_name_of_an_undone_profile_is_free_and_the_redo_is_refused_where_it_is_taken() -> None:
    of, other = sighting(), sighting()
    back = undo(begin(of, "Oak"))
    begin(other, "Oak")
    with pytest.raises(UndoConflict, match="another deer is called Oak by now"):
        undo(back)


def test_a_profile_that_somebody_else_used_stays_until_that_is_undone_too() -> None:
    of, other = sighting(), sighting()
    begun = begin(of, "Oak")
    used = assign(other, "Oak")
    undo(begun)
    assert state(other)[0][0] == "Oak"
    undo(used)
    assert not Deer.objects.exists()


def test_a_split_undone_leaves_no_empty_profile() -> None:
    oak = make.deer("Oak")
    of = sighting(deer=oak)
    done = reviewing.split(sightings=[of.pk], name="Elm", versions=seen(of), actor=reviewer())
    undo(done)
    assert list(Deer.objects.values_list("name", flat=True)) == ["Oak"]


def test_a_profile_that_is_older_than_what_is_undone_stays_though_empty() -> None:
    make.deer("Oak")
    undo(assign(sighting(), "Oak"))
    assert Deer.objects.get().name == "Oak"
