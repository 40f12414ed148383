"""JSON document of a judgement: shares of 1, what is undefined is null. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.evaluation.comparison import Judgement
    from analysis.evaluation.paired_figures import EmbeddingComparison, Estimate

NOT_JUDGED = "NOT_JUDGED"
WITHOUT_FOLDS = (
    "It was trained once and on no folds: whether it is better than its parent is not known."
)


def document(judgement: Judgement) -> dict[str, Any]:
    """`verdict`, `reason`, figures of `parent`, `derived` and their `difference`, `in_store`, `by_flank`, `by_references`, `folds`.

    Each set of figures has its numbers by name, and under `intervals` the 95 % interval of each.
    """
    overall = comparison_document(judgement.overall)
    in_store = comparison_document(judgement.in_store)
    by_flank = {name: comparison_document(item) for name, item in judgement.by_flank.items()}
    head = {"verdict": judgement.verdict.value, "reason": judgement.reason}
    by_references = {
        name: comparison_document(item) for name, item in judgement.by_references.items()
    }
    parts = {"in_store": in_store, "by_flank": by_flank, "by_references": by_references}
    return head | overall | parts | {"folds": list(judgement.folds)}


def not_judged() -> dict[str, Any]:
    """The document of a training without folds, of the same shape as a judgement's."""
    head = {"verdict": NOT_JUDGED, "reason": WITHOUT_FOLDS}
    parts = {"in_store": _nothing(), "by_flank": {}, "by_references": {}, "folds": []}
    return head | _nothing() | parts


def _nothing() -> dict[str, Any]:
    return {"sightings": 0, "deer": 0, "parent": {}, "derived": {}, "difference": {}}


def comparison_document(comparison: EmbeddingComparison | None) -> dict[str, Any]:
    """`sightings`, `deer`, and the figures of `parent`, `derived` and their `difference`; empty where nothing was compared."""
    if comparison is None:
        return _nothing()
    return {
        "sightings": comparison.sightings,
        "deer": comparison.deer,
        "parent": _figures(comparison.parent),
        "derived": _figures(comparison.derived),
        "difference": _figures(comparison.difference),
    }


def _figures(figures: dict[str, Estimate]) -> dict[str, Any]:
    numbers: dict[str, Any] = {name: _number(item.estimate) for name, item in figures.items()}
    intervals = {name: [_number(item.low), _number(item.high)] for name, item in figures.items()}
    return numbers | {"intervals": intervals}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)
