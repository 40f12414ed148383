"""Gate 1 by stratum: under a fused scorer strangers are bounded among sightings with and without a pattern, each by itself.

One threshold is for both where the gate holds in each; else it is for the one in which it holds, and the other is left
for review. Scorers without patterns beside embeddings have no strata, and one gate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.recommendation.evidence import evidence_of
from analysis.recommendation.fpir_gate import fpir_gate
from analysis.score_log.trials import NOT_COMPARED
from reid.strata import Stratum

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from analysis.recommendation.fpir_gate import FpirGate
    from analysis.score_log.sighting_log import SightingLog

Gates = dict["Stratum | None", "FpirGate"]
"""The gate of each stratum, and under None that of a threshold for all sightings."""


def gates_of(log: SightingLog, alpha: float) -> Gates:
    """The gates of a log at an FPIR of `alpha`: one under None, and one a stratum where the scorer has strata.

    The threshold for all sightings is the highest that a stratum asks for, and there is none where one has none.
    """
    whole = _gate(log, log.is_of(None, log.trial_sightings), alpha)
    if log.patterned is None:
        return {None: whole}
    gates: Gates = {
        stratum: _gate(log, log.is_of(stratum, log.trial_sightings), alpha) for stratum in Stratum
    }
    asked = [gate.threshold for gate in (whole, *gates.values())]
    thresholds = [threshold for threshold in asked if threshold is not None]
    lowest = max(thresholds) if len(thresholds) == len(asked) else None
    return {None: replace(whole, threshold=lowest)} | gates


def _gate(log: SightingLog, chosen: NDArray[np.bool_], alpha: float) -> FpirGate:
    trials = log.trials.take(chosen)
    evidence = evidence_of(trials, log.learned[chosen]) & (trials.decoys > NOT_COMPARED)
    return fpir_gate(trials.decoys[evidence], trials.deer[evidence], alpha=alpha)


def chosen(gates: Mapping[Stratum | None, FpirGate], log: SightingLog) -> Stratum | None:
    """The stratum that a threshold is looked for in: the one in which it would assign most; None: all sightings.

    Where no gate holds it is the stratum of most unreviewed sightings, unless that is hopeless: reviews are worth most there.
    """
    if len(gates) == 1:
        return None
    would_be = {
        stratum: len(log.would_assign(gate.threshold, stratum).scores)
        for stratum, gate in gates.items()
        if gate.threshold is not None
    }
    if would_be:
        return max(would_be, key=lambda stratum: (would_be[stratum], stratum is None))
    return max(
        Stratum, key=lambda stratum: (not gates[stratum].is_hopeless, unreviewed(log, stratum))
    )


def unreviewed(log: SightingLog, stratum: Stratum) -> int:
    """Unreviewed eligible sightings of a stratum."""
    sightings = [*log.sightings, *(item.sighting for item in log.together if not item.known)]
    return int(log.is_of(stratum, sightings).sum())
