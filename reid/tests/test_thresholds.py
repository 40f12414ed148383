"""Which threshold is in force."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from reid.models import Threshold
from reid.tests import make
from reid.thresholds import in_force

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
