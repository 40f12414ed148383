"""Report on antler seasons: the document, and what it says in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analysis.antlers.seasons import DEFINITIONS, MIN_BUCKS, SeasonVerdict
from analysis.evaluation.document import comparison_document
from analysis.score_log.ranking import DEFINITIONS as RANKING
from reid.models.antlers import seasons_count, seasons_rule
from reid.wording import Number

if TYPE_CHECKING:
    from analysis.antlers.measuring import Measurement
    from analysis.antlers.seasons import BothKinds, SeasonComparison
    from analysis.evaluation.paired_figures import Estimate
    from reid.models import Scorer

HINT: Final = (
    "Antler years: {bucks:buck has|bucks have} references of two or more. Whether those of other years help is measured by "
    "analyze_reid_performance --antlers."
)
TOO_FEW: Final = (
    "Antler years: too few bucks to say whether references of other years help. A labelled sighting, a reference of its antler "
    "year and one of another year, each of another encounter, are known of {tried:buck|bucks}; it takes {needed}."
)
MEASURED: Final = (
    "Antler years, by {sightings:labelled sighting|labelled sightings} of {bucks:buck|bucks} with references of the "
    "sighting's antler year and of others (the own encounter left out; intervals of 95 % by deer)."
)
DRAWN: Final = "They were drawn of {all} such sightings, whatever their scores."
LEARNED: Final = (
    "The scorer learned from some of these bucks, of which it knows more than of others."
)
LIKENESS: Final = (
    "{scorer}: genuine score {own:.3f} against references of the sighting's year and {other:.3f} against other years' "
    "({difference}); decoy score {decoys}."
)
RANKS: Final = (
    "{scorer}: with references of other years rank-1 is {with_rank1:.3f}, without {without_rank1:.3f} ({rank1}); AUC is "
    "{with_auc:.3f}, without {without_auc:.3f} ({auc})."
)
NOT_BY_IT: Final = "{scorer}: too few of these bucks can be compared both ways by it."
ONLY_OTHER: Final = (
    "{sightings:labelled sighting is|labelled sightings are} of a buck that has references of other antler years alone, which "
    "always count: enrol one of each antler year."
)
VERDICTS: Final = {
    SeasonVerdict.HARM: "References of other antler years harm: {ways}.",
    SeasonVerdict.HELP: "References of other antler years help: {ways}.",
    SeasonVerdict.NO_DIFFERENCE: (
        "References of other antler years make no difference beyond the error, neither to rank-1 nor to AUC."
    ),
    SeasonVerdict.BOTH: "References of other antler years help in one way and harm in another: {ways}.",
}
WAY: Final = "{label} is {word} with them"
SWITCH_ON: Final = "A person may leave them out: REID_ANTLER_SEASONS=same. Scores of bucks are then made anew, and thresholds expire."
SWITCH_OFF: Final = (
    "REID_ANTLER_SEASONS=same leaves them out now: a person may set it to all. Scores of bucks are then made anew, and "
    "thresholds expire."
)
LEAVE: Final = "Leave REID_ANTLER_SEASONS as it is ({rule})."


def hint(bucks: int) -> dict[str, Any]:
    """The document of a store in which nothing was measured: what could be."""
    says = [HINT.format(bucks=Number(bucks))] if bucks else []
    return {"bucks": bucks, "needed": MIN_BUCKS, "measured": False, "says": says}


def antlers_document(found: Measurement) -> dict[str, Any]:
    """What was measured, as plain values, shares and scores of 1; `says` are sentences to print."""
    coverage = found.coverage
    return {
        "bucks": coverage.bucks,
        "needed": MIN_BUCKS,
        "measured": _first(found) is not None,
        "rule": seasons_rule(),
        "tried_bucks": coverage.tried,
        "sightings": coverage.sightings,
        "measured_sightings": found.measured,
        "only_other_years": coverage.only_other,
        "by_scorer": [_of_scorer(of, it) for of, it in found.by_scorer if it is not None],
        "definitions": {
            name: {"label": item.label, "what": item.what, "weighting": item.weighting}
            for name, item in (RANKING | DEFINITIONS).items()
            if name in ("rank1", "auc", *DEFINITIONS)
        },
        "says": sentences(found),
    }


def sentences(found: Measurement) -> list[str]:
    """What was measured, in words; the last ones say what a person may do."""
    coverage = found.coverage
    alone = (
        [ONLY_OTHER.format(sightings=Number(coverage.only_other))] if coverage.only_other else []
    )
    first = _first(found)
    if first is None:
        return [TOO_FEW.format(tried=Number(coverage.tried), needed=MIN_BUCKS), *alone]
    says = [
        MEASURED.format(sightings=Number(first.genuine.sightings), bucks=Number(first.genuine.deer))
    ]
    if found.measured < coverage.sightings:
        says.append(DRAWN.format(all=coverage.sightings))
    if found.learned:
        says.append(LEARNED)
    for of, comparison in found.by_scorer:
        if comparison is None:
            says.append(NOT_BY_IT.format(scorer=of.name))
        else:
            says += [_likeness(of, comparison), _ranks(of, comparison)]
    return [*says, *alone, _verdict(first), _advice(first.verdict)]


def _first(found: Measurement) -> SeasonComparison | None:
    """The comparison by the scorer itself, which the verdict is of."""
    return next((comparison for _, comparison in found.by_scorer), None)


def _of_scorer(of: Scorer, comparison: SeasonComparison) -> dict[str, Any]:
    figures = comparison_document(comparison.figures)
    decoy = comparison.decoy
    return {
        "scorer": of.to_json(),
        "verdict": comparison.verdict.value,
        "sightings": figures["sightings"],
        "deer": figures["deer"],
        "without_other_years": figures["parent"],
        "with_other_years": figures["derived"],
        "difference": figures["difference"],
        "genuine": _both_kinds(comparison.genuine),
        "decoy": None if decoy is None else _both_kinds(decoy),
    }


def _both_kinds(figure: BothKinds) -> dict[str, Any]:
    named = {
        "own_year": figure.own_year,
        "other_years": figure.other_years,
        "difference": figure.difference,
    }
    values: dict[str, Any] = {name: round(item.estimate, 6) for name, item in named.items()}
    intervals = {name: [item.low, item.high] for name, item in named.items()}
    counts = {"sightings": figure.sightings, "deer": figure.deer}
    return values | {"intervals": intervals} | counts


def _likeness(of: Scorer, comparison: SeasonComparison) -> str:
    genuine, decoy = comparison.genuine, comparison.decoy
    decoys = "not known"
    if decoy is not None:
        own, other = decoy.own_year.estimate, decoy.other_years.estimate
        decoys = f"{own:.3f} and {other:.3f} ({_signed(decoy.difference)})"
    return LIKENESS.format(
        scorer=of.name,
        own=genuine.own_year.estimate,
        other=genuine.other_years.estimate,
        difference=_signed(genuine.difference),
        decoys=decoys,
    )


def _ranks(of: Scorer, comparison: SeasonComparison) -> str:
    figures = comparison.figures
    return RANKS.format(
        scorer=of.name,
        with_rank1=figures.derived["rank1"].estimate,
        without_rank1=figures.parent["rank1"].estimate,
        rank1=_signed(figures.difference["rank1"]),
        with_auc=figures.derived["auc"].estimate,
        without_auc=figures.parent["auc"].estimate,
        auc=_signed(figures.difference["auc"]),
    )


def _signed(figure: Estimate) -> str:
    """A difference with its interval, as `+0.100, 0.050 to 0.150`."""
    if figure.low is None or figure.high is None:
        return f"{figure.estimate:+.3f}"
    return f"{figure.estimate:+.3f}, {figure.low:+.3f} to {figure.high:+.3f}"


def _verdict(comparison: SeasonComparison) -> str:
    ways = []
    for name in ("rank1", "auc"):
        item = comparison.figures.difference[name]
        label = RANKING[name].label
        if item.low is not None and item.low > 0:
            ways.append(WAY.format(label=label, word="higher"))
        if item.high is not None and item.high < 0:
            ways.append(WAY.format(label=label, word="lower"))
    return VERDICTS[comparison.verdict].format(ways=" and ".join(ways))


def _advice(verdict: SeasonVerdict) -> str:
    if verdict is SeasonVerdict.HARM and not seasons_count():
        return SWITCH_ON
    if verdict is SeasonVerdict.HELP and seasons_count():
        return SWITCH_OFF
    return LEAVE.format(rule=seasons_rule())
