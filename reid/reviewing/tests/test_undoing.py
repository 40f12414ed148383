"""Undo restores exactly, refuses where something changed since, and can itself be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid import reviewing
from reid.models import Deer, Detection, IdentityEvent, Operation, Sighting
from reid.reviewing import ReviewRefused, UndoConflict, conflicts, ledger, problems, undoing
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, seen, sighting, state

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def undo(operation: Operation, name: str = "alma") -> Operation:
    return reviewing.undo(operation=operation.pk, actor=reviewer(name))


def assign(of: Sighting, deer: Deer) -> Operation:
    return reviewing.assign(sighting=of.pk, deer=deer.pk, versions=seen(of), actor=reviewer())


def _merge() -> Operation:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    sighting(frames=2, deer=elm, is_reference=False)
    sighting(deer=elm, is_reference=True)
    return reviewing.merge(deer=elm.pk, into=oak.pk, actor=reviewer())


def _split() -> Operation:
    of = sighting(deer=make.deer("Oak"), is_reference=True)
    return reviewing.split(sightings=[of.pk], name="Elm", versions=seen(of), actor=reviewer())


def _new_deer() -> Operation:
    of = sighting(frames=2)
    return reviewing.new_deer(sighting=of.pk, name="Oak", versions=seen(of), actor=reviewer())


def _assign() -> Operation:
    return assign(sighting(deer=make.deer("Elm"), identity_source="auto"), make.deer("Oak"))


def _reject() -> Operation:
    of = sighting(deer=make.deer("Oak"), is_reference=True)
    return reviewing.reject(sighting=of.pk, versions=seen(of), actor=reviewer())


def _keep_label() -> Operation:
    of = sighting(deer=make.deer("Oak"), is_reference=True)
    return reviewing.keep_label(sighting=of.pk, versions=seen(of), actor=reviewer())


def _keep_apart() -> Operation:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    return reviewing.keep_apart(deer=oak.pk, other=elm.pk, actor=reviewer())


def _invalidate() -> Operation:
    of = sighting(deer=make.deer("Oak"), is_reference=True)
    return reviewing.invalidate(versions=seen(of), actor=reviewer())


def _correct_class() -> Operation:
    of = sighting(deer=make.deer("Oak"), is_reference=True)
    (key,) = seen(of)
    return reviewing.correct_class(
        versions=seen(of), classification="cattle", flanks={key: "left"}, actor=reviewer()
    )


def _enrol() -> Operation:
    return reviewing.enrol(versions=seen(sighting(deer=make.deer())), actor=reviewer())


def _drop_reference() -> Operation:
    of = sighting(deer=make.deer("Oak"), is_reference=True)
    return reviewing.drop_reference(versions=seen(of), actor=reviewer())


VERBS: list[Callable[[], Operation]] = [
    *(_merge, _split, _new_deer, _assign, _reject, _invalidate, _correct_class),
    *(_enrol, _drop_reference, _keep_label, _keep_apart),
]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__.strip("_"))
def test_undo_restores_what_was_and_its_undo_does_it_again(
    verb: Callable[[], Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    before: list[list[object]] = []
    opened = reviewing.ledger.Ledger.__init__

    def photograph(self, kind, how) -> None:
        before.append(everything())
        opened(self, kind, how)

    monkeypatch.setattr(reviewing.ledger.Ledger, "__init__", photograph)
    done = verb()
    after = everything()
    undone = undo(done)
    done.refresh_from_db()
    assert (undone.kind, done.undone_by) == ("undo", undone)
    # A profile that it began stays, empty.
    began = {event.deer_id for event in IdentityEvent.objects.filter(field="created")}
    assert [row for row in everything() if row[0] not in began] == before[0]
    undo(undone)
    assert everything() == after


def test_what_changed_since_is_named_and_nothing_goes_back() -> None:
    of, oak, elm = sighting(), make.deer("Oak"), make.deer("Elm")
    first = assign(of, oak)
    second = reviewing.assign(sighting=of.pk, deer=elm.pk, versions=seen(of), actor=reviewer("ben"))
    with pytest.raises(UndoConflict, match="was changed by ben") as error:
        undo(first)
    deer = next(change for change in error.value.changes if change.field == "deer")
    assert (deer.before, deer.after) == (str(oak.pk), str(elm.pk))
    assert {change.operation for change in error.value.changes} == {second.pk}
    assert state(of) == [("Elm", "reviewed", True)]
    undo(second)
    undo(first)
    assert state(of) == [(None, "none", False)]


def test_a_change_of_another_field_is_a_change_too() -> None:
    """Else a person's detection would be left with an identity that was given to a doe."""
    of = sighting(classification="person")
    corrected = reviewing.correct_class(versions=seen(of), classification="doe", actor=reviewer())
    assign(of, make.deer())
    with pytest.raises(UndoConflict):
        undo(corrected)


def test_an_operation_is_undone_once() -> None:
    done = assign(sighting(), make.deer())
    undone = undo(done, "ben")
    with pytest.raises(UndoConflict) as error:
        undo(done)
    assert str(error.value) == problems.ALREADY_UNDONE.format(by="ben", at=undone.created_at)
    with pytest.raises(undoing.UnknownOperation):
        reviewing.undo(operation=uuid4(), actor=reviewer())


def test_what_was_undone_by_a_run_says_so() -> None:
    run = make.run(make.scorer())
    by = Operation.objects.create(kind="undo", run=run)
    done = Operation.objects.create(kind="run", run=run, undone_by=by)
    with pytest.raises(UndoConflict, match="undone by a run"):
        undo(done)


def test_a_change_past_the_log_is_found() -> None:
    of = sighting()
    done = reviewing.invalidate(versions=seen(of), actor=reviewer())
    of.detections.update(is_valid=True)
    with pytest.raises(UndoConflict) as error:
        undo(done)
    assert str(error.value) == problems.UNDO_CONFLICT.format(change=problems.NOT_LOGGED)


def test_nothing_goes_back_to_a_profile_that_was_merged_since() -> None:
    elm, oak = make.deer("Elm"), make.deer("Oak")
    of = sighting(deer=elm)
    done = assign(of, oak)
    merged = reviewing.merge(deer=elm.pk, into=make.deer("Ash").pk, actor=reviewer("ben"))
    with pytest.raises(UndoConflict, match=r"merged_into of deer .* was changed by ben"):
        undo(done)
    undo(merged)
    undo(done)
    assert state(of) == [("Elm", "imported", False)]


def test_nothing_goes_back_to_a_profile_that_was_deleted() -> None:
    elm = make.deer("Elm")
    of = sighting(deer=elm)
    done = assign(of, make.deer("Oak"))
    elm.delete()
    with pytest.raises(UndoConflict) as error:
        undo(done)
    assert str(error.value) == problems.UNDO_CONFLICT.format(change=undoing.DEER_GONE)


def test_a_reference_s_place_may_be_taken_by_now() -> None:
    oak = make.deer("Oak")
    of = sighting(frames=2, deer=oak)
    first, second = of.detections.order_by("pk")
    Detection.objects.filter(pk=first.pk).update(is_reference=True)
    dropped = reviewing.drop_reference(versions={first.pk: 0}, actor=reviewer())
    enrolled = reviewing.enrol(versions={second.pk: 0}, actor=reviewer())
    with pytest.raises(UndoConflict) as error:
        undo(dropped)
    assert str(error.value) == conflicts.PLACE_TAKEN.format(deer="Oak")
    undo(enrolled)
    undo(dropped)
    assert set(of.detections.filter(is_reference=True)) == {first}


def test_no_undo_puts_a_deer_twice_on_a_photograph() -> None:
    oak, frame = make.deer("Oak"), make.image()
    left = sighting(image=frame, deer=oak)
    right = sighting(image=frame, x=200)
    rejected = reviewing.reject(sighting=left.pk, versions=seen(left), actor=reviewer())
    assign(right, oak)
    with pytest.raises(UndoConflict, match="another animal on the same photograph"):
        undo(rejected)


def test_an_undone_rejection_is_none() -> None:
    of, oak = sighting(), make.deer("Oak")
    (key,) = seen(of)
    done = reviewing.reject(sighting=of.pk, deer=[oak.pk], versions=seen(of), actor=reviewer())
    undone = undo(done)
    assert IdentityEvent.objects.rejected_pairs([key]) == set()
    undo(undone)
    assert IdentityEvent.objects.rejected_pairs([key]) == {(key, oak.pk)}


def test_a_run_s_guesses_can_be_undone() -> None:
    of, oak = sighting(deer=make.deer("Oak"), identity_source="auto"), Deer.objects.get()
    run = Operation.objects.create(kind="run", run=make.run(make.scorer()))
    for field, before, after in (
        ("deer", None, str(oak.pk)),
        ("identity_source", "none", "auto"),
    ):
        IdentityEvent.objects.create(
            operation=run, detection=of.detections.get(), field=field, before=before, after=after
        )
    undo(run)
    assert state(of) == [(None, "none", False)]


def test_an_operation_that_changed_nothing_is_refused() -> None:
    empty = Operation.objects.create(kind="run", run=make.run(make.scorer()))
    with pytest.raises(ReviewRefused):
        undo(empty)


def test_a_large_operation_is_made_and_undone_in_as_many_queries_as_a_small_one() -> None:
    def queries(count: int) -> int:
        of = [sighting(deer=make.deer()) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            undo(reviewing.invalidate(versions=seen(*of), actor=reviewer()))
        return len(captured)

    reviewer()
    assert queries(10) == queries(2)


def test_what_was_different_everywhere_goes_back_different(monkeypatch) -> None:
    monkeypatch.setattr(ledger, "_ALIKE", 1)
    of = [sighting(deer=make.deer(), is_reference=number > 1) for number in range(4)]
    before = everything()
    done = reviewing.invalidate(versions=seen(*of), actor=reviewer())
    assert {row.version for row in Detection.objects.all()} == {1}
    undo(done)
    assert everything() == before
    assert {row.version for row in Detection.objects.all()} == {2}
