"""Separability of a scorer: figures by sighting with their intervals, learned deer apart, and the figure that flatters.

Each figure is defined in `analysis.score_log.figures`. Photographs of one encounter are alike because they show one
moment, so a ranking photograph by photograph that may find another one of the same encounter says little of deer; it
is shown beside the ranking by sighting, since other programs print it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from analysis.recommendation.evidence import evidence_of
from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.figures import WEIGHTING
from analysis.score_log.histograms import Stratum
from analysis.score_log.ranking import FIGURES
from analysis.stats.histograms import d_prime, describe
from analysis.stats.intervals import UndefinedError
from reid.embedding.vectors import vectors_of
from reid.models import KNOWN, Detection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from numpy.typing import NDArray

    from analysis.score_log.sighting_log import SightingLog
    from analysis.score_log.trials import Trials
    from analysis.stats.intervals import Interval, Share
    from reid.models import EmbeddingSpace

T = TypeVar("T")
BOOTSTRAP_SEED: Final = 20250101
"""Fixed, so that the same log always gives the same report."""
NAMES: Final = {
    "rank1": "rank_1", "rank5": "rank_5", "map": "map", "auc": "auc", "eer": "eer", "tpir_at_fpir5": "tpir_at_fpir5",
}  # fmt: skip
"""FIGURES as the document calls them."""
MOST_PHOTOGRAPHS: Final = 5000
"""Photographs that the flattering figure is taken of, at most."""
_AT_ONCE: Final = 500


def separability(
    log: SightingLog, rates: ErrorRates, strata: Mapping[Stratum, NDArray[np.int64]]
) -> dict[str, Any]:
    """Figures of `rates` with the ends of their intervals, which draw deer; d' is of the compared pairs."""
    found = figures_of(rates.trials)
    ends: dict[str, Share | Interval | None] = {
        "rank_1": _defined(lambda: rates.rank_k(1)),
        "rank_5": _defined(lambda: rates.rank_k(5)),
    }
    for name in ("map", "auc", "tpir_at_fpir5"):
        ends[name] = _defined(
            lambda name=name: rates.figure_interval(name, np.random.default_rng(BOOTSTRAP_SEED))  # type: ignore[misc]
        )
    document: dict[str, Any] = {"weighting": WEIGHTING, **found}
    for called, interval in ends.items():
        document[f"{called}_low"] = interval.low if interval else None
        document[f"{called}_high"] = interval.high if interval else None
    document["d_prime"] = _defined(
        lambda: d_prime(describe(strata[Stratum.GENUINE]), describe(strata[Stratum.IMPOSTOR]))
    )
    return document | {"by_learning": by_learning(log)}


def figures_of(trials: Trials) -> dict[str, Any]:
    """How many mated sightings there are, of how many deer, and their figures; None where one is undefined."""
    rates = ErrorRates(trials)
    mated = rates.ranking.mated
    values = dict(zip(FIGURES, rates.ranking.figures(rates.ranking.once).tolist(), strict=True))
    counts = {"sightings": int(mated.sum()), "deer": len(np.unique(trials.deer[mated]))}
    figures = {
        called: None if np.isnan(values[name]) else values[name] for name, called in NAMES.items()
    }
    return counts | figures


def by_learning(log: SightingLog) -> dict[str, Any] | None:
    """The figures of deer that the scorer learned from, and of the others; None where it learned from none of them."""
    if not log.learned.any():
        return None
    return {
        "learned": figures_of(log.trials.take(log.learned)),
        "unseen": figures_of(log.trials.take(~log.learned)),
    }


def by_photograph(log: SightingLog, space: EmbeddingSpace) -> dict[str, Any] | None:
    """The share of photographs whose nearest other photograph shows the same deer, the same encounter counting too.

    By the embedding, of the photographs of the sightings that the error rates rest on; None where there are less than
    two. Cosines of all pairs, a part at a time.
    """
    evidence = evidence_of(log.trials, log.learned)
    sightings = {key for key, is_one in zip(log.trial_sightings, evidence, strict=True) if is_one}
    known = Detection.objects.identifiable().filter(identity_source__in=KNOWN, deer__isnull=False)
    rows = known.embedded_in(space).order_by("-created_at", "pk").only("pk", "deer", "sighting")
    shown = [item for item in rows if item.sighting_id in sightings][:MOST_PHOTOGRAPHS]
    if len(shown) < 2:
        return None
    vectors = vectors_of(shown, space)
    shown = [item for item in shown if item.pk in vectors]
    units = np.array([vectors[item.pk] for item in shown], np.float32)
    deer: list[UUID | None] = [item.deer_id for item in shown]
    hits = 0
    for start in range(0, len(shown), _AT_ONCE):
        cosines = units[start : start + _AT_ONCE] @ units.T
        own = np.arange(len(cosines))
        cosines[own, start + own] = -np.inf  # never itself
        nearest = cosines.argmax(axis=1)
        hits += sum(deer[start + row] == deer[column] for row, column in enumerate(nearest))
    return {"photographs": len(shown), "rank_1": hits / len(shown)}


def _defined(measure: Callable[[], T]) -> T | None:
    try:
        return measure()
    except UndefinedError:
        return None
