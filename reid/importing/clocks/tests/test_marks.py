"""Clocks that cannot be right: judged, kept, marked, listed, and judged again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from reid.importing.clocks import marks as clocks
from reid.models import Camera, Deployment, Image
from reid.tests import make

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
OCTOBER: clocks.Days = [(date(2025, 10, 1), date(2025, 10, 31))]


def problem(*moment: int, days: clocks.Days | None = None) -> str:
    at = datetime(*moment, tzinfo=CHICAGO)  # type: ignore[arg-type, misc]  # a date and a time of day
    return clocks.problem_of(at, days or [], CHICAGO, NOW)


def test_a_time_within_a_deployment_is_right() -> None:
    assert problem(2025, 10, 1, 0, 0, 0, days=OCTOBER) == ""
    assert problem(2025, 10, 31, 23, 59, 59, days=OCTOBER) == ""  # the camera's day, not UTC's


def test_a_time_outside_every_deployment_is_marked() -> None:
    assert problem(2025, 9, 30, 23, 59, days=OCTOBER) == "not_deployed"
    assert problem(2025, 11, 1, 0, 0, days=OCTOBER) == "not_deployed"
    assert problem(2025, 11, 1, 0, 0) == ""  # without deployments nobody knows


@pytest.mark.parametrize("days", [None, OCTOBER])
def test_what_cannot_be_right_is_marked_with_and_without_deployments(days) -> None:
    assert problem(2026, 3, 2, days=days) == "future"
    assert problem(1970, 1, 1, 0, 0, 10, days=days) == "factory"
    assert problem(2000, 6, 1, days=days) == "factory"


def test_a_reset_clock_begins_on_new_years_day_at_midnight_or_noon() -> None:
    assert problem(2019, 1, 1, 12, 0, 5) == "factory"
    assert problem(2019, 1, 1, 0, 9, 59) == "factory"
    assert problem(2019, 1, 1, 0, 10, 0) == ""
    assert problem(2019, 1, 2, 0, 0, 5) == ""


def test_a_deployment_vouches_for_a_time_that_looks_reset() -> None:
    winter: clocks.Days = [(date(2018, 12, 1), date(2019, 2, 1))]
    assert problem(2019, 1, 1, 0, 0, 5, days=winter) == ""
    assert problem(1999, 1, 1, 0, 0, 5, days=[(date(1998, 1, 1), date.max)]) == ""


@pytest.mark.django_db
def test_photographs_are_judged_again_when_deployments_come(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"
    oak, elm = Camera.objects.create(name="oak"), Camera.objects.create(name="elm")
    inside = make.image(camera=oak, captured_at=datetime(2025, 10, 3, 12, tzinfo=UTC))
    before = make.image(camera=oak, captured_at=datetime(2025, 9, 3, 12, tzinfo=UTC))
    other = make.image(camera=elm, captured_at=datetime(2025, 9, 3, 12, tzinfo=UTC))
    later = make.image(camera=oak, captured_at=timezone.now() + timedelta(days=3))
    untimed = make.image(camera=oak, captured_at=None)
    Image.objects.filter(pk=untimed.pk).update(clock_problem="factory")
    assert clocks.mark_clock_problems([oak, elm]) == 1  # the one in the future
    deployment = Deployment.objects.create(
        camera=oak, started_on=date(2025, 10, 1), ended_on=date(2025, 10, 31)
    )
    assert clocks.mark_clock_problems([oak, elm]) == 1
    marks = {image.pk: image.clock_problem for image in Image.objects.all()}
    assert marks == {
        inside.pk: "", before.pk: "not_deployed", other.pk: "", later.pk: "future",
        untimed.pk: "factory",
    }  # fmt: skip
    deployment.started_on = date(2025, 9, 1)
    deployment.save()
    assert clocks.mark_clock_problems([oak, elm]) == 1
    assert Image.objects.get(pk=before.pk).clock_problem == ""
