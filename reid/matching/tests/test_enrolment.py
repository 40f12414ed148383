"""References: who may be one, and how many."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from reid.matching.enrolment import REFERENCES_A_DEER, enrol
from reid.models import Deer, Detection, Encounter, IdentityEvent, Operation
from reid.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def operation(django_user_model) -> Operation:
    user = get_user_model()._default_manager.create(username="ranger")
    return Operation.objects.create(kind=Operation.Kind.ENROL, actor_id=user.pk)


def visit(days: float = 0.0) -> Encounter:
    time = make.later(days=days)
    return Encounter.objects.create(started_at=time, ended_at=time)


def seen(deer: Deer | None, encounter: Encounter | None = None, **fields: Any) -> Detection:
    image = make.image(encounter=encounter or visit())
    return make.detection(deer=deer, image=image, **fields)


def enrolled(operation: Operation, *detections: Detection) -> list[Detection]:
    """Which of them are references after enrolling all."""
    enrol([row.pk for row in detections], operation)
    references = set(Detection.objects.filter(is_reference=True).values_list("pk", flat=True))
    return [row for row in detections if row.pk in references]


def test_one_an_encounter_and_flank_the_surest_and_largest(operation: Operation) -> None:
    deer, encounter = make.deer(), visit()
    unsure = seen(deer, encounter, flank="left", confidence=0.5, width=200)
    small = seen(deer, encounter, flank="left", confidence=0.9, width=99)
    large = seen(deer, encounter, flank="left", confidence=0.9, width=101)
    other_flank = seen(deer, encounter, flank="right", confidence=0.1)
    other_visit = seen(deer, flank="left")
    other_deer = seen(make.deer(), encounter, flank="left")
    every = (unsure, small, large, other_flank, other_visit, other_deer)
    assert enrolled(operation, *every) == [large, other_flank, other_visit, other_deer]


def test_at_most_twenty_a_deer_the_latest_first(operation: Operation) -> None:
    deer = make.deer()
    rows = [seen(deer, visit(days)) for days in range(REFERENCES_A_DEER + 2)]
    assert enrolled(operation, *rows) == rows[2:]


def test_last_years_antlers_keep_no_place_from_this_years(operation: Operation) -> None:
    buck, doe = make.deer(sex="buck"), make.deer(sex="doe")

    def at(deer: Deer, days: float) -> Detection:
        image = make.image(encounter=visit(days), captured_at=make.later(days=days))
        return make.detection(deer=deer, image=image)

    for deer in (buck, doe):
        old = [at(deer, number - 365) for number in range(REFERENCES_A_DEER)]
        assert enrolled(operation, *old) == old
    this_year = [at(buck, number) for number in range(REFERENCES_A_DEER + 1)]
    assert enrolled(operation, *this_year) == this_year[1:]
    assert enrolled(operation, at(doe, 0)) == []


def test_repeating_it_changes_nothing_and_standing_references_keep_their_place(
    operation: Operation,
) -> None:
    deer, encounter = make.deer(), visit()
    old = seen(deer, encounter, confidence=0.2, is_reference=True)
    better = seen(deer, encounter, confidence=0.9)
    assert enrolled(operation, old, better) == [old]
    fresh = seen(deer)
    assert enrol([fresh.pk], operation) == 1
    assert enrol([fresh.pk], operation) == 0


def test_only_known_identities_of_valid_deer_large_enough(operation: Operation) -> None:
    deer, merged = make.deer(), make.deer(merged_into=make.deer())
    untold = make.image(encounter=None)
    rows = [
        seen(None),
        seen(deer, identity_source="auto"),
        seen(deer, is_valid=False),
        seen(deer, classification="buck", corrected_classification="cattle"),
        seen(merged),
        seen(deer, height=49),
        make.detection(deer=deer, image=untold, sighting=None),
        reviewed := seen(deer, identity_source="reviewed"),
    ]
    assert enrolled(operation, *rows) == [reviewed]


def test_each_new_reference_is_an_event_and_a_new_version(operation: Operation) -> None:
    row = seen(make.deer())
    enrol([row.pk], operation)
    event = IdentityEvent.objects.get()
    assert (event.operation, event.detection, event.field) == (operation, row, "is_reference")
    assert (event.before, event.after) == (False, True)
    row.refresh_from_db()
    assert row.version == 1


def test_its_queries_do_not_grow_with_the_detections(
    operation: Operation, django_assert_num_queries
) -> None:
    deer = make.deer()
    rows = [seen(deer, visit(days)).pk for days in range(5)]
    with django_assert_num_queries(6):  # savepoint, two reads, update, events, release
        enrol(rows, operation)
