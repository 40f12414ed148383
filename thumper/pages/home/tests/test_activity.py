"""Activity of the last weeks, worked by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reid.models import Encounter
from reid.tests import make, reviewing
from thumper.pages.home.activity import HEIGHT, WIDTH, drawn, last_weeks

DAY = date(2026, 10, 1)


def test_the_highest_bar_fills_the_room_and_others_stand_in_proportion() -> None:
    activity = drawn([(DAY, 4), (DAY + timedelta(days=1), 1), (DAY + timedelta(days=2), 0)])
    room = HEIGHT - 20
    assert [bar.height for bar in activity.bars] == [room, room / 4, 0.0]
    assert [bar.y for bar in activity.bars] == [0.0, room * 3 / 4, room]
    assert activity.bars[1].x == pytest.approx(WIDTH / 3 + 1, abs=0.1)
    assert (activity.most, activity.total) == (4, 5)


def test_without_a_sighting_no_bar_has_a_height() -> None:
    assert [bar.height for bar in drawn([(DAY, 0)]).bars] == [0.0]


def test_nothing_is_drawn_without_a_photograph() -> None:
    assert last_weeks(None) is None


@pytest.mark.django_db
def test_a_sighting_counts_once_on_its_day_in_the_ranch_s_zone(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"
    midnight = make.NOON.replace(hour=3)  # still the evening before there
    began = Encounter.objects.create(started_at=midnight, ended_at=midnight)
    twice = reviewing.sighting(image=make.image(captured_at=midnight, encounter=began))
    make.detection(sighting=twice, image=twice.detections.get().image, x=50)
    reviewing.sighting(image=make.image(captured_at=make.NOON))
    weeks = last_weeks(make.NOON)
    assert weeks is not None
    assert len(weeks.bars) == 42
    assert [(bar.day.day, bar.sightings) for bar in weeks.bars[-2:]] == [(30, 1), (1, 1)]
