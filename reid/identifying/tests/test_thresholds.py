"""Thresholds in force: which one counts in a space."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from reid.identifying.thresholds import (
    CHANGED,
    OTHER_RULE,
    OTHER_SPACE,
    PROVEN,
    Herd,
    Now,
    herd_now,
    in_force,
    proof_of,
    propose,
    units_of,
    why_expired,
)
from reid.models import Threshold
from reid.tests import make

pytestmark = pytest.mark.django_db


def approved(space, value: str = "0.7") -> Threshold:
    return Threshold.objects.create(
        space=space, value=Decimal(value), source="env", approved_at=timezone.now(), is_active=True
    )


def by_a_person(space, django_user_model) -> Threshold:
    user = django_user_model.objects.create(username="ranger")
    row = approved(space)
    row.source, row.approved_by = Threshold.Source.OPERATOR, user
    row.save()
    return row


def test_none_is_in_force_until_one_is_approved(django_user_model) -> None:
    space = make.space()
    Threshold.objects.create(space=space, value=Decimal("0.7"), source="analysis")
    assert in_force(space) is None
    row = by_a_person(space, django_user_model)
    assert in_force(space) == row
    assert in_force(make.space(is_active=False)) is None


def test_the_environments_threshold_is_written_down_once(settings, django_user_model) -> None:
    space = make.space()
    make.detection(deer=make.deer(), is_reference=True)
    person = by_a_person(space, django_user_model)
    settings.REID_THRESHOLD = 0.81
    first = in_force(space)
    assert first is not None
    assert (first.value, first.source, first.units) == (Decimal("0.8100"), "env", 8100)
    assert (first.gallery_size, first.approved_by, first.is_active) == (1, None, True)
    assert in_force(space) == first
    person.refresh_from_db()
    assert not person.is_active


def test_another_number_is_another_record(settings) -> None:
    space = make.space()
    for value in (0.8, 0.9):
        settings.REID_THRESHOLD = value
        in_force(space)
    active = Threshold.objects.get(is_active=True)
    assert (active.value, Threshold.objects.count()) == (Decimal("0.9000"), 2)


def test_without_the_setting_its_record_is_withdrawn(settings) -> None:
    space = make.space()
    settings.REID_THRESHOLD = 0.8
    in_force(space)
    settings.REID_THRESHOLD = None
    assert in_force(space) is None


def proposed(herd: dict[str, int], **fields: object) -> Threshold:
    evidence = {"profile_score": "centroid", "herd": herd}
    return Threshold(space=make.space(), value=Decimal("0.7"), evidence=evidence, **fields)


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        ((10, 20, 100), (10, 20, 100), ""),
        ((10, 20, 100), (11, 22, 110), ""),
        ((10, 20, 100), (9, 18, 90), ""),
        ((10, 20, 100), (12, 20, 100), "deer 10 -> 12"),
        ((10, 20, 100), (10, 17, 111), "references 20 -> 17, sightings 100 -> 111"),
        ((0, 0, 0), (1, 1, 1), "deer 0 -> 1, references 0 -> 1, sightings 0 -> 1"),
    ],
)
def test_a_tenth_more_or_less_is_still_the_same_herd(before, now, changes) -> None:
    names = ("deer", "references", "sightings")
    row = proposed(dict(zip(names, before, strict=True)))
    why = CHANGED.format(changes=changes) if changes else ""
    assert why_expired(row, Now(Herd(*now), row.space_id)) == why


def test_the_herd_is_counted_by_deer_references_and_sightings() -> None:
    oak = make.deer()
    first = make.detection(deer=oak, is_reference=True)
    make.detection(deer=oak, is_reference=True, sighting=first.sighting)
    make.detection(classification="person")
    make.detection(is_valid=False)
    assert herd_now() == Herd(deer=1, references=2, sightings=1)


def test_another_rule_or_space_is_another_question(settings) -> None:
    row = proposed({"deer": 0, "references": 0, "sightings": 0}, source="analysis")
    assert proof_of(row) == PROVEN
    settings.REID_PROFILE_SCORE = "max"
    assert why_expired(row) == OTHER_RULE.format(now="max", then="centroid")
    settings.REID_PROFILE_SCORE = "centroid"
    row.space.is_active = False
    row.space.save()
    assert why_expired(row) == ""
    make.space()
    assert proof_of(row) == f"expired: {OTHER_SPACE}"


def test_what_is_written_down_has_the_herd_it_is_for() -> None:
    make.detection(deer=make.deer(), is_reference=True)
    row = propose(make.space(), Decimal("0.8"), Threshold.Source.OPERATOR, {"note": "by eye"})
    row.refresh_from_db()
    assert row.evidence == {
        "note": "by eye",
        "profile_score": "centroid",
        "herd": {"deer": 1, "references": 1, "sightings": 1},
    }
    assert (row.gallery_size, row.is_active, proof_of(row)) == (1, False, "unproven")


@pytest.mark.parametrize(
    ("text", "units"),
    [("0.82", 8200), (" 1 ", 10_000), ("0.0001", 1), *((text, None) for text in
    ("0", "1.1", "0.00001", "high", "nan", "inf", "", "0.8,0.9"))],
)  # fmt: skip
def test_a_typed_threshold_is_units_or_nothing(text, units) -> None:
    assert units_of(text) == units
