"""Document of a survey's estimates in the words and drawings of its page."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from thumper.pages.surveys import words
from thumper.pages.surveys.drawing import CurveWords, curve_svg

if TYPE_CHECKING:
    from collections.abc import Mapping


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of the document of `analysis.surveys`."""
    estimates = document["estimates"]
    numbers = [row for row in estimates if row["unit"] != "ratio"]
    by_class = {
        label: [words.figure(row) for row in numbers if row["class"] == name]
        for name, label in words.CLASSES.items()
    }
    return {
        "result": document,
        "groups": {label: rows for label, rows in by_class.items() if rows},
        "ratios": [words.figure(row) for row in estimates if row["unit"] == "ratio"],
        "came_again": any(len(one["captures"]) > 1 for one in document["histories"]),
        "is_honest": any(row["interval"] for row in numbers),
        "identification": _identification(document["identification"]),
        "assumptions": [
            (words.ASSUMPTIONS.get(one["name"], one["name"]), one["holds"], one["sentence"])
            for one in document["assumptions"]
        ],
        **_accumulation(document),
    }


def _accumulation(document: Mapping[str, Any]) -> dict[str, Any]:
    points = [(one["camera_days"], one["deer"]) for one in document["accumulation"]]
    told = CurveWords(
        label=_("Different deer against effort; the table below says the same"),
        across=_("camera-days"),
        up=_("different deer"),
    )
    spent = [0.0, *(days for days, _deer in points)]
    ran = [deer for before, (days, deer) in zip(spent, points, strict=False) if days > before]
    starts = [date.fromisoformat(one) for one in document["occasions"]["starts"]]
    return {
        "curve": curve_svg(points, told) if any(deer for _days, deer in points) else "",
        "curve_rows": list(zip(starts, points, strict=True)),
        "is_still_rising": any(ran) and ran[-1] > max(ran[:-1], default=0),
    }


def _identification(found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Measured rates of error; nothing where none were."""
    if found is None:
        return []
    return [
        {"name": label, "rate": rate["rate"], "low": rate["low"], "high": rate["high"]}
        for name, label in words.RATES.items()
        if (rate := found[name])
    ]
