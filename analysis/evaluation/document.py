"""A judgement as JSON: shares of 1, what is undefined is null. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.evaluation.comparison import Comparison, Figure, Judgement


def document(found: Judgement) -> dict[str, Any]:
    """`verdict`, `reason`, figures of `parent`, `derived` and their `difference`, `in_store`, `by_flank`, `folds`.

    Each set of figures has its numbers by name, and under `intervals` the 95 % interval of each.
    """
    overall = _comparison(found.overall) if found.overall else _nothing()
    in_store = _comparison(found.in_store) if found.in_store else _nothing()
    by_flank = {name: _comparison(item) for name, item in found.by_flank.items()}
    head = {"verdict": found.verdict.value, "reason": found.reason}
    parts = {"in_store": in_store, "by_flank": by_flank, "folds": list(found.folds)}
    return head | overall | parts


def _nothing() -> dict[str, Any]:
    return {"sightings": 0, "deer": 0, "parent": {}, "derived": {}, "difference": {}}


def _comparison(found: Comparison) -> dict[str, Any]:
    return {
        "sightings": found.sightings,
        "deer": found.deer,
        "parent": _figures(found.parent),
        "derived": _figures(found.derived),
        "difference": _figures(found.difference),
    }


def _figures(figures: dict[str, Figure]) -> dict[str, Any]:
    numbers: dict[str, Any] = {name: _number(item.estimate) for name, item in figures.items()}
    intervals = {name: [_number(item.low), _number(item.high)] for name, item in figures.items()}
    return numbers | {"intervals": intervals}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)
