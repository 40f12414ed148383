"""Two persons at one profile at the same moment: one of them is told, and nothing is left half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid import reviewing
from reid.models import Deer, Operation
from reid.reviewing import ReviewError, ReviewRefused, StaleReview
from reid.reviewing.tests.test_races import at_once, error_of
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)


def renaming(deer: Deer, name: str, by: str) -> Callable[[], Operation]:
    user = reviewer(by)
    return lambda: reviewing.edit_deer(
        deer=deer.pk, changes={"name": name}, before={"name": deer.name}, actor=user
    )


def test_two_deer_do_not_get_one_name() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    results = at_once(renaming(oak, "Juniper", "alma"), renaming(elm, "Juniper", "ben"))
    error_of(results, ReviewRefused)
    assert Deer.objects.filter(name="Juniper").count() == 1
    assert Operation.objects.count() == 1


def test_of_two_who_rename_one_deer_the_second_is_told() -> None:
    oak = make.deer("Oak")
    results = at_once(renaming(oak, "Juniper", "alma"), renaming(oak, "Hickory", "ben"))
    error_of(results, StaleReview)
    assert Deer.objects.get().former_names.count() == 1


def test_a_deer_is_merged_or_renamed_first_and_both_are_true() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    user = reviewer("ben")
    results = at_once(
        renaming(elm, "Juniper", "alma"),
        lambda: reviewing.merge(deer=elm.pk, into=oak.pk, actor=user),
    )
    elm.refresh_from_db()
    assert elm.merged_into == oak
    refused = [one for one in results if isinstance(one, ReviewError)]
    assert elm.name == ("Elm" if refused else "Juniper")


def test_a_profile_goes_with_its_undo_or_stays_for_who_uses_it() -> None:
    of, other = sighting(), sighting()
    begun = reviewing.new_deer(sighting=of.pk, name="Oak", versions=seen(of), actor=reviewer())
    oak, versions, users = Deer.objects.get(), seen(other), [reviewer("alma"), reviewer("ben")]
    results = at_once(
        lambda: reviewing.undo(operation=begun.pk, actor=users[0]),
        lambda: reviewing.assign(sighting=other.pk, deer=oak.pk, versions=versions, actor=users[1]),
    )
    is_used = isinstance(results[1], Operation)
    assert Deer.objects.filter(pk=oak.pk).exists() is is_used
    assert other.detections.get().deer_id == (oak.pk if is_used else None)
