"""Refusal of a total: why a survey's captures give no number of deer, in one sentence. Pure."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from analysis.surveys.estimating.figures import ALL, BEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.population.occasions import Occasions
    from analysis.surveys.audit.error_rates import Rates
    from analysis.surveys.estimating.figures import Figure

MOST_MISSED: Final = 0.2
"""Share of missed matches. Honest intervals were tried on herds with up to 15 in 100 missed, which an audit of 60 captures
may well find to be 20; what is beyond nobody has tried."""
MOST_UNSURE: Final = 0.5
"""Upper end of the same share, had every capture of which nobody could tell been missed: above, the audit says nearly nothing."""
WIDER: Final = 2.0
"""Times that an honest interval may be as wide as the naive one (of the logarithm), where its ends are more than this factor apart: above,
three quarters of the variance are errors of identification, and the number says more of names than of deer."""
NOBODY: Final = "No number of deer: no deer with a name was at a camera while it ran. Name photographs of these days first, then make the survey anew."
NOT_AGAIN: Final = (
    "No number of deer: no deer was captured on a second occasion, so nothing says how many were missed. A longer survey, shorter "
    "occasions or more cameras help: the same deer have to come again."
)
UNKNOWN_ERRORS: Final = (
    "No number of deer: nobody has checked how often the names of this survey are wrong. The ranges below take every name for right "
    "(naive intervals): where names are wrong they are too narrow and too high. Have its names checked first (audit)."
)
MISSED_UNKNOWN: Final = (
    "No number of deer: the audit found no deer with two captures, so that nobody knows how many matches are missed. Name more "
    "captures, and audit them again."
)
TOO_MANY_MISSED: Final = (
    "No number of deer: {rate:.0%} of the matches are missed, and no estimator here bears more than {most:.0%}. Merge the profiles that "
    "are one deer, make the survey anew, and audit it."
)
UNSURE: Final = (
    "No number of deer: up to {high:.0%} of the matches may be missed, as far as {judged} judged captures and {untold} of which nobody could "
    "tell say. Judge more captures."
)
NO_ESTIMATE: Final = "No number of deer: {reason}."
NO_MODEL: Final = "too few deer were captured to compare the models"
NOT_BORNE: Final = (
    "No number of deer: with the errors of names counted in, anything between {low:.0f} and {high:.0f} is possible, and most of that is "
    "the names. Correct names, make the survey anew, and audit it."
)


def of_captures(cut: Occasions) -> str | None:
    """Why captures give no number whatever their names are, None where a deer came again."""
    if not cut.deer:
        return NOBODY
    return NOT_AGAIN if cut.captured == len(cut.deer) else None


def of_rates(rates: Rates | None) -> str | None:
    """Why the errors of identification allow no honest number, None where they do. `rates`: None without a closed audit."""
    if rates is None:
        return UNKNOWN_ERRORS
    missed = rates.missed_matches
    if missed is None:
        return MISSED_UNKNOWN
    if missed.rate > MOST_MISSED:
        return TOO_MANY_MISSED.format(rate=missed.rate, most=MOST_MISSED)
    if missed.worst > MOST_UNSURE:
        return UNSURE.format(high=missed.worst, judged=rates.judged, untold=rates.cannot_tell)
    return None


def of_figures(figures: Sequence[Figure]) -> str | None:
    """Why no closed model gives the number of all deer, None where one does."""
    number = headline(figures)
    simplest = next(item for item in figures if item.of == ALL)
    if number is None or simplest.n is None:
        # Mb lives on first captures alone, and has an answer where nobody was ever seen again: no total rests on that.
        return NO_ESTIMATE.format(reason=simplest.why_not or NO_MODEL)
    if number.interval is None:
        return NO_ESTIMATE.format(reason=number.note.removeprefix(BEST).lstrip("; "))
    low, high = number.interval
    if number.naive is None or high is None:
        return None
    naive_low, naive_high = number.naive
    if naive_high is None or high <= WIDER * low:
        return None
    if log(high / low) > WIDER * log(naive_high / naive_low):
        return NOT_BORNE.format(low=low, high=high)
    return None


def headline(figures: Sequence[Figure]) -> Figure | None:
    """The number of all deer that the survey stands for: that of the closed model that fits best."""
    for item in figures:
        if item.of == ALL and item.unit == "deer" and item.note.startswith(BEST):
            return item
    return None
