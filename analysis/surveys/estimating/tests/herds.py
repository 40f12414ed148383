"""Simulated surveys for tests: deer with home ranges on a grid of cameras, and names that may be wrong."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import numpy as np

from analysis.population.identification_errors import Capture, Judged, Verdict
from analysis.surveys.material import CameraEffort, Captured, ClassDay, Material

START = date(2025, 10, 1)
DEGREE = 111_195.0  # metres of latitude
SEXES = ("buck", "doe", "doe")


def herd(
    deer: int = 30,
    cameras: tuple[int, int] = (4, 3),
    days: int = 30,
    *,
    ghosts: float = 0.0,
    seed: int = 16,
    g0: float = 0.06,
    sigma: float = 500.0,
    unnamed: float = 0.0,
) -> Material:
    """Deer with centres within 1 km of a grid of cameras that are 800 m apart, each seen on a day with g0 exp(-d^2 / (2 sigma^2)).

    A capture is a ghost's, under a name of its own, with the probability `ghosts`, and has no name with `unnamed`.
    """
    generator = np.random.default_rng(seed)
    grid = [
        (800.0 * column, 800.0 * row) for row in range(cameras[1]) for column in range(cameras[0])
    ]
    places = np.array(grid)
    centres = generator.uniform(places.min(0) - 1000, places.max(0) + 1000, (deer, 2))
    apart = np.hypot(*(centres[:, None] - places[None]).transpose(2, 0, 1))
    chance = g0 * np.exp(-(apart**2) / (2 * sigma**2))
    drawn = np.asarray(generator.random((deer, len(places), days)))
    seen = drawn < chance[:, :, None]
    every = tuple(START + timedelta(days=number) for number in range(days))
    efforts = [
        CameraEffort(f"camera {number:02}", (30 + y / DEGREE, x / DEGREE), every, (), False)
        for number, (x, y) in enumerate(grid)
    ]
    captures: list[Captured] = []
    sexes: dict[str, str] = {}
    classes: dict[str, list[ClassDay]] = {
        name: [] for name in ("buck", "doe", "fawn", "unknown_deer")
    }
    for animal, camera, day in np.argwhere(seen):
        name, sex = f"deer {animal:02}", SEXES[animal % 3]
        luck = generator.random()
        is_named = luck >= unnamed
        if is_named and luck < unnamed + ghosts:
            name = f"ghost {len(captures):03}"
        where, when = efforts[camera].name, every[day]
        classes[sex].append(ClassDay(where, when, 1, 2, 0 if is_named else 1, 0))
        if is_named:
            sexes[name] = sex
            key = str(UUID(int=int(animal)))
            captures.append(Captured(name, key, where, when, 2, 1, ("left",), ()))
    return Material(START, every[-1], efforts, captures, sexes, classes)


def judged_by_name(material: Material, days: int, each: int = 10**6) -> Judged:
    """An audit of the first `each` captures of either stratum by a judge who knows which names are ghosts, but not whose."""
    cut = material.cut(days)
    seen = np.asarray(cut.captures.any(axis=2))
    verdicts: dict[Capture, Verdict] = {}
    for once in (True, False):
        rows = np.flatnonzero((seen.sum(axis=1) == 1) == once)
        chosen = [(row, occasion) for row in rows for occasion in np.flatnonzero(seen[row])]
        for row, occasion in chosen[:each]:
            is_ghost = cut.deer[row].startswith("ghost")
            verdict = Verdict.OTHER if is_ghost else Verdict.OWN
            verdicts[Capture(int(row), int(occasion))] = verdict
    return Judged(verdicts)
