"""A stored herd of known size, seen by cameras at known places, for surveys of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from reid.models import Deployment
from reid.taxonomy import Classification
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Sequence


def herd(*, deer: int, days: int, chance: float, seed: int, years: Sequence[int] = (2025,)) -> None:
    """So many deer, a third of them bucks, at three cameras from the first of October of each year; each is seen at each on a day
    with this chance.
    """
    generator = np.random.default_rng(seed)
    cameras = [
        make.camera(name, latitude=30 + 0.004 * place, longitude=-98 + 0.003 * place)
        for place, name in enumerate(("oak", "elm", "ash"))
    ]
    sexes = [Classification.DOE if number % 3 else Classification.BUCK for number in range(deer)]
    profiles = [make.deer(f"deer {number:02}", sex=sex.value) for number, sex in enumerate(sexes)]
    for year in years:
        start = date(year, 10, 1)
        for camera in cameras:
            end = start + timedelta(days=days - 1)
            Deployment.objects.create(camera=camera, started_on=start, ended_on=end)
        for profile, sex in zip(profiles, sexes, strict=True):
            for place, day in np.argwhere(generator.random((3, days)) < chance):
                at = datetime(year, 10, 1, 17, tzinfo=UTC) + timedelta(days=int(day))
                image = make.image(camera=cameras[place], captured_at=at)
                make.detection(image=image, deer=profile, classification=sex.value)
