"""Performance document of a scorer: log, coverage, distributions, separability, gates."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db.models import Count

from analysis.recommendation.document import recommendation_document
from analysis.recommendation.evidence import evidence_of
from analysis.reports.separability import by_photograph, separability
from analysis.reports.threshold_report import within
from analysis.reports.threshold_table import at_or_above
from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.facts import CapturePeriod
from analysis.score_log.histograms import Stratum, by_stratum, score_histograms
from analysis.score_log.session import NOTHING_LOGGED, AnalysisError
from analysis.score_log.trials import NOT_COMPARED
from analysis.stats.histograms import describe
from analysis.stats.intervals import UndefinedError
from analysis.stats.mixture import DIAGNOSTIC_NOTE, fit
from reid.models import Detection, EmbeddingSpace, ReidRun, Scorer, SkippedEmbedding
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.recommendation.assess import Assessment
    from analysis.score_log.sighting_log import SightingLog
    from analysis.stats.mixture import Mixture

RUNS_SHOWN: Final = 5
BIN_UNITS: Final = 500
"""Score units a line of the histogram: 0.05 of similarity."""


def performance_document(
    assessment: Assessment,
    antlers: Mapping[str, Any],
    period: CapturePeriod | None = None,
) -> dict[str, Any]:
    """Everything that is known of a scorer, undefined as null. Raises AnalysisError where nothing is logged.

    A period narrows the figures of photographs and scores; gates and recommendation always rest on the
    whole store. `antlers` is what `analysis.antlers.report` says, which stands in it as it is.
    """
    scorer, period = assessment.store.scorer, period or CapturePeriod()
    strata = by_stratum(scorer, period)
    if not any(counts.any() for counts in strata.values()):
        raise AnalysisError(NOTHING_LOGGED)
    active = assessment.active
    log, rates = within(assessment, period)
    return {
        "space": scorer.space.name if scorer.space else None,
        "space_fingerprint": scorer.space.fingerprint if scorer.space else None,
        "scorer": scorer.to_json(),
        "since": period.since.isoformat() if period.since else None,
        "until": period.until.isoformat() if period.until else None,
        "active_threshold": active.units / SCORE_UNITS,
        "active_threshold_origin": active.origin,
        "override_threshold": None if active.override is None else active.override / SCORE_UNITS,
        "spaces": _spaces(),
        "runs": _runs(scorer),
        "coverage": _coverage(assessment, log, period),
        "gates": list(assessment.recommendation.situation.faults),
        "distribution": {name.value: _described(counts) for name, counts in strata.items()},
        "separability": separability(log, rates, strata),
        "by_photograph": by_photograph(log, scorer.vectors),
        "decoys_by_class": decoys_by_class(assessment, log),
        "antlers": dict(antlers),
        "known_impostors": _known_impostors(log, active.units),
        "mixture": _mixture(score_histograms(log).best),
        "histogram": _histogram(strata),
        "recommendation": recommendation_document(assessment),
    }


def _spaces() -> list[dict[str, Any]]:
    spaces = EmbeddingSpace.objects.annotate(embedded=Count("embeddings")).order_by("created_at")
    return [
        {
            "name": space.name,
            "fingerprint": space.fingerprint,
            "is_active": space.is_active,
            "embedded": space.embedded,
        }
        for space in spaces
    ]


def _runs(scorer: Scorer) -> list[dict[str, Any]]:
    runs = ReidRun.objects.filter(scorer=scorer, started_at__isnull=False).order_by("-started_at")
    return [
        {
            "run": str(run.pk),
            "kind": run.kind,
            "state": run.state,
            "threshold_used": None
            if run.threshold_used is None
            else run.threshold_used / SCORE_UNITS,
            "threshold_source": run.threshold_source or None,
            "started_at": run.started_at.isoformat() if run.started_at else None,
            "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        }
        for run in runs[:RUNS_SHOWN]
    ]


def _coverage(assessment: Assessment, log: SightingLog, period: CapturePeriod) -> dict[str, Any]:
    scorer, gallery = assessment.store.scorer, assessment.gallery
    identifiable = Detection.objects.identifiable().filter(period.of("image__captured_at"))
    skipped = (
        SkippedEmbedding.objects.filter(space=scorer.vectors)
        .filter(period.of("detection__image__captured_at"))
        .order_by("reason")
        .values_list("reason")
        .annotate(detections=Count("pk"))
    )
    return {
        "detections": identifiable.count(),
        "embedded": identifiable.embedded_in(scorer.vectors).count(),
        "skipped": dict(skipped),
        "deer": len(gallery.deer),
        "references": len(gallery.references),
        "eligible_sightings": len(log.best_of_all),
        "labelled_sightings": log.labelled,
        "labelled_as_evidence": len(log.trials),
        "unreviewed_sightings": log.unreviewed,
    }


def _described(counts: NDArray[np.int64]) -> dict[str, Any] | None:
    return asdict(describe(counts)) if counts.any() else None


def decoys_by_class(assessment: Assessment, log: SightingLog) -> dict[str, Any]:
    """Decoys by class, to see which one drives FPIR: at the first gate's threshold, else at the one in force."""
    gate = assessment.recommendation.situation.gate.threshold
    at = assessment.active.units if gate is None else gate
    trials, classes = log.trials, np.array(log.trial_classes)
    evidence = evidence_of(trials, log.learned) & (trials.decoys > NOT_COMPARED)
    rates_by_class = {}
    for name in sorted(set(log.trial_classes)):
        chosen = (classes == name) & evidence
        of_class = trials.decoys[chosen]
        if of_class.size:
            share = ErrorRates(trials.take(chosen)).fpir(at)
            rates_by_class[name] = {
                "trials": share.trials,
                "hits": share.hits,
                "fpir": share.estimate,
                "q95": describe(np.bincount(of_class, minlength=10_001)).q95,
            }
    return {"threshold": at / SCORE_UNITS, "classes": rates_by_class}


def fitted(best: NDArray[np.int64]) -> tuple[Mixture | None, str]:
    """Two bells under the best scores (10001,), or None and why there are none."""
    try:
        return fit(best), ""
    except UndefinedError as error:
        return None, str(error)


def _mixture(best: NDArray[np.int64]) -> dict[str, Any]:
    mixture, why_not = fitted(best)
    document = {"note": DIAGNOSTIC_NOTE, "fits": mixture is not None, "why_not": why_not or None}
    return document if mixture is None else document | asdict(mixture)


def _known_impostors(log: SightingLog, active: int) -> dict[str, Any]:
    """By kind: how many sightings were compared with a deer that they cannot be, and how alike they are."""
    kinds = {}
    for kind, counts in log.impostors.items():
        total = int(counts.sum())
        kinds[kind.value] = {
            "pairs": total,
            "q95": describe(counts).q95 if total else None,
            "fmr_at_active": at_or_above(counts, active) / total if total else None,
        }
    return kinds


def _histogram(strata: Mapping[Stratum, NDArray[np.int64]]) -> list[dict[str, Any]]:
    """Compared pairs in bars of BIN_UNITS, from the lowest to the highest that is occupied; 1.0 is in the last."""
    bars = {}
    for name, counts in strata.items():
        in_bars = counts[:-1].reshape(-1, BIN_UNITS).sum(axis=1)
        in_bars[-1] += counts[-1]
        bars[name.value] = in_bars
    occupied = np.flatnonzero(sum(bars.values()))
    return [
        {"from": bar * BIN_UNITS / SCORE_UNITS, "to": (bar + 1) * BIN_UNITS / SCORE_UNITS}
        | {name: int(counts[bar]) for name, counts in bars.items()}
        for bar in range(int(occupied[0]), int(occupied[-1]) + 1)
    ]
