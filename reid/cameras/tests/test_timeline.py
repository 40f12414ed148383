"""Time lines of cameras: the years that they have anything to show of."""

from __future__ import annotations

from datetime import date

import pytest

from reid.cameras.timeline import timeline_of
from reid.models import Deployment, Outage
from reid.tests import make

pytestmark = pytest.mark.django_db


def test_what_has_no_end_in_sight_ends_with_the_next_year() -> None:
    camera = make.camera()
    assert timeline_of(camera).years == []
    Deployment.objects.create(camera=camera, started_on=date(2025, 9, 1), ended_on=date.max)
    Outage.objects.create(camera=camera, started_on=date(2025, 9, 1), ended_on=date.max)
    line = timeline_of(camera)
    assert line.years == list(range(2025, line.today.year + 2))
    Deployment.objects.create(camera=make.camera(), started_on=date.max, ended_on=date.max)
    assert timeline_of(Deployment.objects.latest("started_on").camera).years == [9999]
