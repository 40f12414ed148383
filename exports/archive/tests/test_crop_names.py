"""Names of crops: readable, safe on every disk, and no two the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exports.archive.crop_names import crop_name
from reid.tests import make

pytestmark = pytest.mark.django_db


def test_a_crop_is_named_by_deer_camera_and_time(settings):
    settings.TIME_ZONE = "America/Chicago"
    moment = datetime(2026, 10, 4, 0, 5, 9, tzinfo=UTC)
    image = make.image(captured_at=moment, camera=make.camera("North / gate"))
    row = make.detection(image=image, deer=make.deer(name="Old Gus"))
    assert crop_name(row, ()) == (
        f"crops/Old-Gus_North-gate_2026-10-03_190509_{row.pk.hex[:8]}.jpg"
    )


def test_what_is_not_known_is_said():
    row = make.detection(image=make.image(captured_at=None, camera=None))
    assert crop_name(row, ()) == f"crops/unnamed_no-camera_no-time_{row.pk.hex[:8]}.jpg"


def test_a_name_that_is_taken_gets_the_whole_id():
    row = make.detection()
    taken = {crop_name(row, ())}
    assert crop_name(row, taken).endswith(f"_{row.pk}.jpg")
