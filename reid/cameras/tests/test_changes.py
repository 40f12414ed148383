"""Changes of cameras, deployments and outages by people: kept field by field, refused in a sentence, undone whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model

from reid.cameras import changes, merging, rules
from reid.cameras.problems import ChangeConflict, ChangeProblem, UnknownRow
from reid.models import Camera, CameraChange, Deployment, Image, Outage
from reid.tests import make

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db
PLACE = {"latitude": Decimal("30.1"), "longitude": Decimal("-98.25")}
AUTUMN = {"started_on": date(2025, 9, 1), "ended_on": date(2025, 11, 30)}


@pytest.fixture
def ann() -> User:
    return get_user_model().objects.create(username="ann")


@pytest.fixture
def gate() -> Camera:
    return make.camera("Gate")


def fields(row: Any) -> dict[str, Any]:
    row.refresh_from_db()
    return rules.values_of(row)


def test_a_camera_gets_a_name_and_a_place_and_both_are_undone(gate: Camera, ann: User) -> None:
    before = fields(gate)
    change = changes.edit_camera(gate.pk, {"name": " North  Gate ", **PLACE}, actor=ann)
    assert change.after == {
        "name": "North Gate",
        "latitude": "30.100000",
        "longitude": "-98.250000",
    }
    assert change.before == {
        "name": "Gate",
        "latitude": None,
        "longitude": None,
        "was_former_name": False,
    }
    assert fields(gate)["name"] == "North Gate"
    undone = changes.undo(change.pk, actor=ann)
    assert undone.undone_by == ann
    assert fields(gate) == before


def test_an_undone_name_is_free_again(gate: Camera, ann: User) -> None:
    change = changes.edit_camera(gate.pk, {"name": "Oak"}, actor=ann)
    changes.undo(change.pk, actor=ann)
    other = make.camera("Pond")
    changes.edit_camera(other.pk, {"name": "Oak"}, actor=ann)
    assert Camera.by_keys(["oak", "gate"]) == {"oak": other, "gate": gate}


def test_a_name_that_was_its_own_before_still_leads_to_it_after_undo(
    gate: Camera, ann: User
) -> None:
    changes.edit_camera(gate.pk, {"name": "Oak"}, actor=ann)
    back = changes.edit_camera(gate.pk, {"name": "Gate"}, actor=ann)
    changes.undo(back.pk, actor=ann)
    assert fields(gate)["name"] == "Oak"
    assert Camera.by_keys(["gate"]) == {"gate": gate}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "POND"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"latitude": Decimal(91), "longitude": Decimal(0)}, "latitude"),
        ({"latitude": Decimal(30)}, "longitude"),
        ({"name": "Gate"}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    gate: Camera, ann: User, values: dict[str, Any], field: str
) -> None:
    make.camera("Pond")
    before = fields(gate)
    with pytest.raises(ChangeProblem) as refused:
        changes.edit_camera(gate.pk, values, actor=ann)
    assert refused.value.field == field
    assert fields(gate) == before
    assert not CameraChange.objects.exists()


def test_a_deployment_is_made_edited_and_removed_and_each_is_undone(
    gate: Camera, ann: User
) -> None:
    made = changes.add_deployment(gate.pk, AUTUMN | PLACE, actor=ann)
    deployment = Deployment.objects.get()
    assert (made.row, made.before) == (deployment.pk, None)
    moved = changes.edit_deployment(deployment.pk, {"started_at": time(9)}, actor=ann)
    assert (moved.before, moved.after) == ({"started_at": None}, {"started_at": "09:00:00"})
    whole = fields(deployment)
    removed = changes.remove_deployment(deployment.pk, actor=ann)
    assert not Deployment.objects.exists()
    changes.undo(removed.pk, actor=ann)
    assert fields(deployment) == whole
    changes.undo(moved.pk, actor=ann)
    assert fields(deployment)["started_at"] is None
    changes.undo(made.pk, actor=ann)
    assert not Deployment.objects.exists()


def test_days_of_one_camera_may_not_overlap(gate: Camera, ann: User) -> None:
    changes.add_deployment(gate.pk, AUTUMN, actor=ann)
    changes.add_outage(
        gate.pk, {"started_on": date(2025, 9, 5), "ended_on": date(2025, 9, 9)}, actor=ann
    )
    with pytest.raises(ChangeProblem, match=r"^The camera ran already from 2025-09-01 to 2025-11"):
        changes.add_deployment(gate.pk, {"started_on": date(2025, 11, 1)}, actor=ann)
    with pytest.raises(ChangeProblem, match="was out already from 2025-09-05 to 2025-09-09"):
        changes.add_outage(
            gate.pk, {"started_on": date(2025, 9, 9), "ended_on": date(2025, 9, 9)}, actor=ann
        )
    with pytest.raises(ChangeProblem) as refused:
        changes.add_outage(
            gate.pk, {"started_on": date(2025, 10, 9), "ended_on": date(2025, 10, 8)}, actor=ann
        )
    assert str(refused.value) == rules.ENDS_BEFORE


def test_deployments_judge_the_times_of_photographs_anew_and_so_does_undo(
    gate: Camera, ann: User
) -> None:
    image = make.image(camera=gate, captured_at=datetime(2025, 12, 24, 12, tzinfo=UTC))
    change = changes.add_deployment(gate.pk, AUTUMN, actor=ann)
    image.refresh_from_db()
    assert image.clock_problem == Image.ClockProblem.NOT_DEPLOYED
    changes.undo(change.pk, actor=ann)
    image.refresh_from_db()
    assert image.clock_problem == ""


def test_undo_is_refused_where_somebody_changed_it_again(gate: Camera, ann: User) -> None:
    first = changes.edit_camera(gate.pk, {"name": "Oak"}, actor=ann)
    second = changes.edit_camera(gate.pk, {"name": "Pond"}, actor=ann)
    with pytest.raises(ChangeConflict) as refused:
        changes.undo(first.pk, actor=ann)
    assert str(refused.value) == changes.CHANGED_SINCE
    changes.undo(second.pk, actor=ann)
    changes.undo(first.pk, actor=ann)
    assert fields(gate)["name"] == "Gate"
    with pytest.raises(ChangeConflict, match=r"^This change was undone by ann on"):
        changes.undo(first.pk, actor=ann)


def test_undo_of_a_removal_is_refused_where_its_days_are_taken(gate: Camera, ann: User) -> None:
    changes.add_deployment(gate.pk, AUTUMN, actor=ann)
    removed = changes.remove_deployment(Deployment.objects.get().pk, actor=ann)
    changes.add_deployment(gate.pk, {"started_on": date(2025, 10, 1)}, actor=ann)
    with pytest.raises(ChangeProblem, match="ran already"):
        changes.undo(removed.pk, actor=ann)
    removed.refresh_from_db()
    assert removed.undone_at is None


def test_whoever_saw_another_state_is_told(gate: Camera, ann: User) -> None:
    seen = rules.fingerprint(gate)
    changes.edit_camera(gate.pk, {"name": "Oak"}, actor=ann, seen=seen)
    with pytest.raises(ChangeConflict) as refused:
        changes.edit_camera(gate.pk, {"name": "Pond"}, actor=ann, seen=seen)
    assert str(refused.value) == changes.SEEN_OTHERWISE


def test_a_merged_camera_and_what_went_with_it_are_no_longer_changed(
    gate: Camera, ann: User
) -> None:
    change = changes.add_outage(
        gate.pk, {"started_on": date(2025, 9, 5), "ended_on": date(2025, 9, 9)}, actor=ann
    )
    other = make.camera("Oak")
    merging.merge(gate, other, actor=ann)
    with pytest.raises(UnknownRow):
        changes.edit_camera(gate.pk, {"notes": "x"}, actor=ann)
    with pytest.raises(UnknownRow):
        changes.undo(change.pk, actor=ann)
    assert Outage.objects.get().camera == other


def test_rows_that_are_not_there_are_said_so(ann: User) -> None:
    for act in (changes.remove_deployment, changes.remove_outage, changes.undo):
        with pytest.raises(UnknownRow):
            act(uuid4(), actor=ann)


def test_a_camera_goes_where_its_latest_deployment_stands_and_back(gate: Camera, ann: User) -> None:
    old = changes.add_deployment(gate.pk, AUTUMN | PLACE, actor=ann)
    assert fields(gate)["latitude"] == "30.100000"
    there = {"latitude": Decimal("30.2"), "longitude": Decimal("-98.3")}
    new = changes.add_deployment(gate.pk, {"started_on": date(2026, 9, 1), **there}, actor=ann)
    assert fields(gate)["latitude"] == "30.200000"
    changes.edit_deployment(old.row, {"latitude": Decimal(31)}, actor=ann)
    assert fields(gate)["latitude"] == "30.200000"
    changes.undo(new.pk, actor=ann)
    assert fields(gate)["latitude"] == "30.100000"


def test_undo_of_a_deployment_is_refused_where_its_camera_was_moved_since(
    gate: Camera, ann: User
) -> None:
    made = changes.add_deployment(gate.pk, AUTUMN | PLACE, actor=ann)
    changes.edit_camera(gate.pk, {"latitude": Decimal(31)}, actor=ann)
    with pytest.raises(ChangeConflict):
        changes.undo(made.pk, actor=ann)
    assert Deployment.objects.exists()


def test_a_deployment_without_a_place_keeps_its_camera_where_it_is(gate: Camera, ann: User) -> None:
    changes.add_deployment(gate.pk, AUTUMN, actor=ann)
    changes.add_deployment(gate.pk, {"started_on": date(2026, 9, 1), **PLACE}, actor=ann)
    assert fields(gate)["latitude"] is None
