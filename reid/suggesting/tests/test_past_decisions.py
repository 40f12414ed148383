"""Decisions of people, page after page, the newest first."""

from __future__ import annotations

import pytest

from reid import reviewing
from reid.models import Operation
from reid.suggesting.past_decisions import past_decisions
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

pytestmark = pytest.mark.django_db


def name(name: str, by: str = "alma") -> Operation:
    of = sighting()
    return reviewing.new_deer(sighting=of.pk, name=name, versions=seen(of), actor=reviewer(by))


def test_the_newest_comes_first_with_its_name_and_its_picture() -> None:
    first, second = name("Ada"), name("Bo")
    rows = past_decisions()
    assert [(row.operation, row.deer) for row in rows] == [(second, "Bo"), (first, "Ada")]
    about = first.events.filter(detection__isnull=False).values_list(
        "detection__sighting", flat=True
    )
    assert rows[1].sighting in set(about)


def test_what_was_taken_back_is_shown_as_such_and_the_undo_is_not() -> None:
    done = name("Ada")
    reviewing.undo(operation=done.pk, actor=reviewer())
    (row,) = past_decisions()
    assert not row.can_be_undone


def test_only_one_person_s_are_shown_where_that_is_asked() -> None:
    name("Ada", by="otto")
    own = name("Bo")
    assert [row.operation for row in past_decisions(by=reviewer("alma"))] == [own]


def test_pages_follow_each_other_without_a_gap_even_within_one_moment() -> None:
    done = [name(text) for text in ("Ada", "Bo", "Cy", "Di", "Ed")]
    Operation.objects.update(created_at=make.NOON)
    found, before = [], None
    while rows := past_decisions(before=before, page=2):
        found += [row.operation.pk for row in rows]
        before = (rows[-1].operation.created_at, rows[-1].operation.pk)
    assert sorted(found) == sorted(one.pk for one in done)


def test_many_rows_take_as_many_queries_as_few(django_assert_num_queries) -> None:
    for text in ("Ada", "Bo"):
        name(text)
    with django_assert_num_queries(4):
        past_decisions()
    for text in ("Cy", "Di", "Ed"):
        name(text)
    with django_assert_num_queries(4):
        past_decisions()


def test_what_runs_and_imports_did_is_no_decision_of_a_person() -> None:
    Operation.objects.create(kind=Operation.Kind.RUN, run=make.run(make.scorer()))
    Operation.objects.create(kind=Operation.Kind.IMPORT, actor=reviewer())
    assert past_decisions() == []
