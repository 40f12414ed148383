"""Example documents of surveys for tests: herds of any size, captured by a rule that a hand can follow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from reid.models import Survey

START = date(2025, 10, 1)
REFUSED = (
    "No number of deer: nobody has measured how many captures of this survey bear a wrong name, or none. "
    "Judge an audit of the survey, then compute again."
)
NO_RECAPTURE = "No number of deer: no deer was captured on a second occasion. Run the cameras longer, or choose shorter occasions."
CLASSES = ("buck", "doe", "fawn")
NAMES = ("Gus", "Ivy", "Old Crooked Main Beam of the River", "Bo", "=SUM(A1)")
_RATE = {"rate": 0.02, "low": 0.005, "high": 0.06}
IDENTIFICATION = {
    "judged": 120,
    "false_matches": _RATE,
    "missed_matches": {"rate": 0.05, "low": 0.02, "high": 0.1},
    "ghosts": {"rate": 0.03, "low": 0.01, "high": 0.08},
}


def document(
    deer: int = 5, cameras: int = 4, occasions: int = 4, *, refused: str | None = None, **given: Any
) -> dict[str, Any]:
    """A survey whose deer number k is captured on the occasions k, k + 3, k + 6 ... (modulo their count), seen from camera k.

    Cameras stand on a grid, 500 m or so from each other; each lost a day for each place that it has in the list. With `refused` nothing
    was judged, and there is no honest interval.
    """
    histories: list[dict[str, Any]] = [
        {
            "deer": NAMES[number] if number < len(NAMES) else f"Deer {number + 1}",
            "class": CLASSES[number % 3],
            "captures": sorted({(number + step) % occasions for step in range(0, occasions, 3)}),
            "cameras": [f"Stand {number % cameras + 1}"],
        }
        for number in range(deer)
    ]
    days = [7 * occasions - min(number, 3) for number in range(cameras)]
    firsts = [item["captures"][0] for item in histories]
    return {
        "survey": {"id": "3f1c1a52-7a5e-4d0e-9a51-0f4f0c6b5d11", "name": "Rut 2025"},
        "period": {
            "start": START.isoformat(),
            "end": (START + timedelta(days=7 * occasions - 1)).isoformat(),
        },
        "basis": "reviewed",
        "side": None,
        "habitat_km2": 4.0,
        "occasions": {
            "count": occasions,
            "days": 7,
            "starts": [(START + timedelta(days=7 * n)).isoformat() for n in range(occasions)],
        },
        "captures": sum(len(item["captures"]) for item in histories),
        "deer": deer,
        "left_out_captures": 2,
        "camera_days": sum(days),
        "cameras": [_camera(number, days[number]) for number in range(cameras)],
        "closure": {"z": -0.4, "p": 0.34, "deer": deer},
        "identification": None if refused else IDENTIFICATION,
        "histories": histories,
        "accumulation": [
            {
                "camera_days": sum(days) * (n + 1) / occasions,
                "deer": sum(first <= n for first in firsts),
            }
            for n in range(occasions)
        ],
        "assumptions": [
            {
                "name": "closure",
                "holds": True,
                "sentence": "Nothing says that deer came or went during the survey. Where nobody does, chance alone looks like this, or more so, in 34% of surveys (closure test).",
            },
            {
                "name": "edge",
                "holds": False,
                "sentence": "60 % of the captures are at the outermost cameras: deer from outside are among them.",
            },
            {
                "name": "placement",
                "holds": None,
                "sentence": "Where the cameras stand beside what deer use cannot be judged from photographs.",
            },
        ],
        "sentences": [
            f"{deer} deer were told apart in {sum(len(item['captures']) for item in histories)} captures.",
            "Naive numbers take every name for right.",
        ],
        "estimates": estimates(deer, is_honest=not refused),
        "refused": refused,
    } | given


def estimates(deer: int, *, is_honest: bool) -> list[dict[str, Any]]:
    """Half as many deer again as were captured, naively; honestly a tenth fewer, and an interval twice as wide."""
    rows = []
    for of, share in (("all", 1.0), ("buck", 1 / 3), ("doe", 1 / 3), ("fawn", 1 / 3)):
        n = 1.5 * deer * share
        for estimator in ("M0", "Mt", "Mb", "Mh", "Chao", "mark-resight", "spatial", "Jacobson"):
            unit, size = ("deer per km2", n / 4) if estimator == "spatial" else ("deer", n)
            row = _estimate(estimator, of, unit, size, 0.3)
            if is_honest and estimator != "Jacobson":
                row |= {"interval": [0.4 * size, 1.5 * size], "honest_n": 0.9 * size}
            row["note"] = {
                "M0": "fits these captures best (lowest AICc)",
                "Chao": "a lower bound",
                "Jacobson": "takes does to be photographed as often as bucks: 32 % too low in enclosures of known size",
            }.get(estimator, "")
            if estimator == "Mb":
                row |= {"naive_interval": [0.7 * size, None]}
            if estimator == "Mh" and of == "fawn":
                row |= _none("too few recaptures to tell two kinds of deer apart")
            rows.append(row)
    rows.append(_estimate("bucks per doe", "all", "ratio", 0.8, 0.25))
    rows.append(_estimate("fawns per doe", "all", "ratio", 0.55, 0.4))
    for row in rows[-2:]:
        row["note"] = "animals in encounters, not identities"
    return rows


def stored_survey(result: dict[str, Any] | None, name: str = "Rut 2025", **given: Any) -> Survey:
    """A survey with these estimates; with None nothing was computed yet."""
    fields: dict[str, Any] = {
        "start": START,
        "end": START + timedelta(days=27),
        "frozen": {},
        "frozen_sha256": "0" * 64,
        "estimated_at": None if result is None else datetime(2025, 11, 2, 9, tzinfo=UTC),
    }
    return Survey.objects.create(name=name, result=result, **fields | given)


def without_recapture() -> dict[str, Any]:
    """Five deer, each captured once: every estimator says what is missing."""
    found = document(5, occasions=6, refused=NO_RECAPTURE)
    for number, item in enumerate(found["histories"]):
        item["captures"] = [number]
    for row in found["estimates"]:
        if row["unit"] != "ratio":
            row |= _none("no deer was captured a second time")
    return found | {"captures": 5, "closure": None}


def _camera(number: int, days: int) -> dict[str, Any]:
    row, column = divmod(number, 6)
    first = START + timedelta(days=3)
    lost = min(number, 3)
    last = first + timedelta(days=lost - 1)
    reasons = {"first": first.isoformat(), "last": last.isoformat(), "reason": "nothing was taken"}
    return {
        "name": f"Stand {number + 1}",
        "days": days,
        "estimated": number == 1,
        "place": [29.0 + 0.0045 * row, -98.0 + 0.0051 * column],
        "left_out": [reasons] if lost else [],
    }


def _estimate(estimator: str, of: str, unit: str, n: float, half: float) -> dict[str, Any]:
    return {
        "estimator": estimator,
        "class": of,
        "unit": unit,
        "n": n,
        "interval": None,
        "naive_interval": [n * (1 - half), n * (1 + half)],
        "honest_n": None,
        "note": "",
        "why_not": "",
    }


def _none(why_not: str) -> dict[str, Any]:
    return {
        "n": None,
        "interval": None,
        "naive_interval": None,
        "honest_n": None,
        "why_not": why_not,
    }
