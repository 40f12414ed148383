"""Figures by which identification is judged: what each one is, and how its sightings are weighted. One definition each.

`analysis.score_log.ranking` and `analysis.score_log.error_rates` compute them; whoever prints one says its weighting in
these words. The unit is the sighting: one animal in one encounter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EACH_ONCE: Final = "each sighting counts once, however many its deer has"
BY_DEER: Final = "sightings of one deer count less the more alike they are"
PAIRS: Final = "each compared pair counts once"

WEIGHTING: Final = (
    "Rank-k, mAP, TPIR, FNIR, MisID and FDP: each sighting counts once, however many its deer has. FPIR: sightings of "
    "one deer count less the more alike they are. AUC, EER, FMR and FNMR: each compared pair counts once."
)
"""All of it in two lines, as reports print it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Definition of a figure: what it is a share of, and how that is weighted."""

    label: str
    what: str
    weighting: str

    @property
    def sentence(self) -> str:
        """The definition as a line of a glossary."""
        return f"{self.label}: {self.what}; {self.weighting}."


DEFINITIONS: Final[dict[str, Definition]] = {
    "rank1": Definition("rank-1", "mated sightings whose own deer is first", EACH_ONCE),
    "rank5": Definition(
        "rank-5", "mated sightings whose own deer is among the first five", EACH_ONCE
    ),
    "map": Definition(
        "mAP", "mean of the reciprocal rank of the own deer, of mated sightings", EACH_ONCE
    ),
    "auc": Definition(
        "AUC", "pairs of a genuine and an impostor score in the right order, ties by half", PAIRS
    ),
    "eer": Definition("EER", "the rate at which FMR and FNMR meet", PAIRS),
    "tpir_at_fpir5": Definition(
        "TPIR@FPIR 5%",
        "mated sightings that get their own deer at the smallest threshold with an FPIR of at most 5 %",
        EACH_ONCE,
    ),
    "fpir": Definition(
        "FPIR", "labelled sightings that another deer than their own would have won", BY_DEER
    ),
    "fnir": Definition("FNIR", "mated sightings that do not get their own deer", EACH_ONCE),
    "misid": Definition("MisID", "mated sightings that get another deer", EACH_ONCE),
    "fdp": Definition(
        "FDP", "assigned labelled sightings that get another deer than their own", EACH_ONCE
    ),
    "fmr": Definition("FMR", "comparisons with another deer at or above the threshold", PAIRS),
    "fnmr": Definition("FNMR", "comparisons with the own deer below the threshold", PAIRS),
}
"""By the name under which JSON, CSV and the API have the figure."""
