"""Surveys for looks at their pages: stored as the services would, with documents of any number of deer and cameras.

The numbers of the estimators are made up: no page computes one, and fitting 300 deer takes minutes.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from django.utils import timezone

from analysis.population.occasions import accumulation
from analysis.surveys import frozen
from analysis.surveys.material import CameraEffort, Captured, LeftOut, Material
from reid.models import Survey

START: Final = date(2025, 10, 1)
DAYS: Final = 28
REFUSED: Final = "No number of deer: nobody has measured how many captures of this survey bear a wrong name, or none."
CLASSES: Final = ("buck", "doe", "fawn")


def stored(
    name: str = "Autumn 2025",
    *,
    deer: int = 12,
    cameras: int = 3,
    years: int = 0,
    again: bool = True,
    is_checked: bool = False,
    factor: float = 1.3,
) -> Survey:
    """A survey of four weeks, `years` later than 2025, with its document. `again`: deer were seen a second time."""
    start = START.replace(year=START.year + years)
    material = _material(start, deer, cameras, again=again)
    copy = frozen.freeze(material)
    return Survey.objects.create(
        name=name,
        start=material.start,
        end=material.end,
        occasion_days=7,
        basis="both",
        habitat_km2=8.5,
        note="after the rut",
        frozen=copy,
        frozen_sha256=frozen.sha256_of(copy),
        result=document(material, name, is_checked=is_checked, again=again, factor=factor),
        estimated_at=timezone.now(),
    )


def _material(start: date, deer: int, cameras: int, *, again: bool) -> Material:
    days = [start + timedelta(days=number) for number in range(DAYS)]
    efforts = []
    for number in range(cameras):
        left_out = []
        if number % 3 == 1:
            left_out.append(LeftOut(days[3], days[5], "flat batteries", is_outage=True))
        if number % 3 == 2:
            gap = "no photograph for 10 days, and no outage is known"
            left_out.append(LeftOut(days[14], days[23], gap, is_outage=False))
        out = {day for item in left_out for day in days if item.first <= day <= item.last}
        ran = () if number == 7 else tuple(day for day in days if day not in out)
        place = 30.1 + 0.004 * (number % 6), -98.2 + 0.004 * (number // 6)
        efforts.append(CameraEffort(f"Stand {number:02}", place, ran, tuple(left_out), number == 0))
    captures = [
        Captured(f"Deer {number:03}", f"{number}", "Stand 00", day, 2, 1, ("left",), ())
        for number in range(deer)
        for day in ([days[number % 27], days[27]] if again else [days[number % 28]])
    ]
    names = sorted({item.deer for item in captures})
    sexes = {one: CLASSES[place % 3] for place, one in enumerate(names)}
    return Material(start, days[-1], efforts, captures, sexes, {name: [] for name in CLASSES})


def document(
    material: Material, name: str, *, is_checked: bool, again: bool, factor: float
) -> dict[str, Any]:
    """What `analysis.surveys` would have said of the material, with numbers made up."""
    cut = material.cut(7)
    days, deer = accumulation(cut)
    estimates = [
        _estimate(estimator, of, factor * count, is_checked=is_checked, again=again)
        for of, count in _counts(material).items()
        for estimator in ("M0", "Mt", "Mb", "Mh", "Chao", "spatial")
    ]
    ratio = {"estimator": "bucks per doe", "class": "all", "unit": "ratio", "n": 0.61}
    more = {"naive_interval": [0.4, 0.9], "interval": [0.4, 0.9], "honest_n": None}
    estimates.append(ratio | more | {"note": "animals in encounters", "why_not": ""})
    rate = {"rate": 0.05, "low": 0.017, "high": 0.113}
    rests = f"It rests on {len(cut.deer)} deer in {cut.captured} captures."
    number = "About 41 deer: between 35 and 58 with a confidence of 95 %."
    return {
        "survey": {"id": "0", "name": name},
        "period": {"start": material.start.isoformat(), "end": material.end.isoformat()},
        "basis": "both",
        "habitat_km2": 8.5,
        "occasions": {"count": 4, "days": 7, "starts": [day.isoformat() for day in cut.starts]},
        "captures": cut.captured,
        "deer": len(cut.deer),
        "left_out_captures": cut.left_out,
        "camera_days": material.camera_days,
        "cameras": [{"name": one.name, "days": len(one.days)} for one in material.cameras],
        "closure": None,
        "identification": {
            "judged": 100,
            "false_matches": rate,
            "missed_matches": rate,
            "ghosts": rate,
        }
        if is_checked
        else None,
        "histories": [
            {"deer": name, "captures": np.flatnonzero(seen.any(axis=1)).tolist()}
            for name, seen in zip(cut.deer, cut.captures, strict=True)
        ],
        "accumulation": [
            {"camera_days": float(spent), "deer": int(seen)}
            for spent, seen in zip(days, deer, strict=True)
        ],
        "assumptions": [
            {"name": "closure", "holds": None, "sentence": "Too few deer were seen twice."},
            {
                "name": "edge",
                "holds": False,
                "sentence": "Most were seen at the outermost cameras.",
            },
            {"name": "placement", "holds": True, "sentence": "Each camera has a place."},
        ],
        "sentences": [number if is_checked and again else REFUSED, rests],
        "estimates": estimates,
        "refused": None if is_checked and again else REFUSED,
    }


def _counts(material: Material) -> dict[str, int]:
    sexes = list(material.sexes.values())
    return {"all": len(sexes)} | {name: sexes.count(name) for name in CLASSES}


def _estimate(
    estimator: str, of: str, n: float, *, is_checked: bool, again: bool
) -> dict[str, Any]:
    unit = "deer per km2" if estimator == "spatial" else "deer"
    row = {"estimator": estimator, "class": of, "unit": unit, "note": "", "why_not": ""}
    if not n:
        return row | _none("no deer of this class was captured", "capture-recapture")
    if not again:
        return row | _none("no deer was captured a second time", estimator)
    high = None if estimator == "Mb" else 1.3 * n
    return row | {
        "n": n,
        "naive_interval": [0.9 * n, high],
        "interval": [0.8 * n, high and 1.2 * high] if is_checked else None,
        "honest_n": 0.97 * n if is_checked else None,
        "note": "fits these captures best (lowest AICc)" if estimator == "M0" else "",
    }


def _none(why: str, estimator: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"n": None, "naive_interval": None, "interval": None, "honest_n": None}
    return empty | {"estimator": estimator, "why_not": why}
