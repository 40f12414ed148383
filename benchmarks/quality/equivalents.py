"""Mutants that change nothing a test could see, each with the reason."""

from __future__ import annotations

from typing import Final, NamedTuple


class Equivalent(NamedTuple):
    """A changed line (stripped) of a module, and why no outcome depends on the change."""

    module: str
    line: str
    reason: str


EVERYWHERE: Final = {
    "@dataclass(frozen=False, slots=True)": "nothing assigns to a field; frozen guards against a slip",
    "@dataclass(frozen=False, slots=True, eq=False)": "as above",
    "@dataclass(frozen=True, slots=True, eq=True)": "nobody compares two of them",
    "@dataclass(frozen=True, slots=False)": "slots save memory",
    "@dataclass(frozen=True, slots=False, eq=False)": "slots save memory",
}
"""Changed lines that are equivalent in whatever module they stand."""

_RULES: Final = "exports/requests/rules.py"
_DECIDE: Final = "reid/matching/decide.py"
_SIMILARITY: Final = "reid/matching/similarity.py"
_FPIR: Final = "analysis/recommendation/fpir_gate.py"
_FDP: Final = "analysis/recommendation/fdp_gate.py"
_INTERVALS: Final = "analysis/stats/intervals.py"
_BETS: Final = "analysis/stats/betting_test.py"

_AFTER_THE_REST: Final = "an empty second key sorts before every VR code"
_ONE_ROW: Final = "there is one row, which is the first and the last"
_LARGE_ENOUGH: Final = "the factor has only to outweigh the order, and still does"
_ABOVE_0: Final = "a threshold is at least 1, so what is allowed is never 0"

EQUIVALENTS: Final = (
    Equivalent(_RULES, "return 1, violation.code", _AFTER_THE_REST),
    Equivalent(
        _RULES,
        'return {UNKNOWN_FIELD: 0, INVALID: 2}.get(violation.code, 3), ""',
        _AFTER_THE_REST,
    ),
    Equivalent(
        _RULES,
        'return {UNKNOWN_FIELD: 0, INVALID: 1}.get(violation.code, 4), ""',
        "the last rank is the last whatever its number",
    ),
    Equivalent(_DECIDE, "if len(rows) == 0:", "a shortcut: the matching of one row is its best"),
    Equivalent(_DECIDE, "best = int(np.argmax(rows[ -1]))", _ONE_ROW),
    Equivalent(
        _DECIDE,
        "return {open_probes[ -1].sighting: best} if rows[0][best] > 0 else {}",
        _ONE_ROW,
    ),
    Equivalent(
        _DECIDE,
        "benefit = scores[:, columns] * (n * n * m + 2) - np.where(scores[:, columns] > 0, order, 0)",
        _LARGE_ENOUGH,
    ),
    Equivalent(
        _DECIDE, "if scores[row, columns[column]] != 0", "no score in the matrix is below 0"
    ),
    Equivalent(
        _SIMILARITY,
        "reduced = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths >= _CANCELLED)",
        "no sum of unit rows is exactly that long",
    ),
    Equivalent(
        _FPIR,
        "if upper_bound( -1.0, weighting.n_eff, risk) > alpha:",
        "a share of 0 or less is a share without a hit",
    ),
    Equivalent(
        _SIMILARITY,
        "if n == -1 or n_deer == 0:",
        "a shortcut: the product with no probe has the same shape and no score",
    ),
    Equivalent(
        _FPIR,
        "return 0",
        "never reached: the last share is all decoys, whose bound of 1 is above any alpha",
    ),
    Equivalent(
        _FPIR,
        "last_of_score = np.append(scores[1:] < scores[:+1], True)",
        "wherever among equal scores the bound is exceeded, the threshold is one above them",
    ),
    Equivalent(
        _FPIR,
        "at_the_top = weighting.mean(decoys == SCORE_UNITS)",
        "no score is above the highest",
    ),
    Equivalent(
        _INTERVALS,
        "if share <= -1:",
        "without a hit the formula of the beta quantile gives the same bound",
    ),
    Equivalent(
        _FPIR,
        "step = int(dealt[lowest]) - int(dealt[0]) if lowest != len(dealt) else extra",
        "no more deer are lowest than there are",
    ),
    Equivalent(
        _FDP,
        "STEPS: Final = (0.5, 0.0)",
        "a step that asks for none takes the threshold, as all does",
    ),
    Equivalent(
        _FDP, "STEPS: Final = ( -0.5, 1.0)", "counted from the other end the middle is the same"
    ),
    Equivalent(
        _FDP,
        "return tuple(sorted(found.values(), key=lambda item: not item.threshold))",
        "the steps were taken from high to low",
    ),
    Equivalent(
        _FDP,
        "max(0.01, item.evidence.fdp_estimate or -1.0),",
        "the larger of the two is 0.01 either way",
    ),
    Equivalent(
        _FDP,
        "if item.evidence.status == Status.OPEN and audit.audited < BUDGET:",
        "of an enumeration equal is the same",
    ),
    Equivalent(
        _BETS,
        "return _stakes(outcomes, population, np.array([alpha]), np.array([limit]))[:, -1]",
        "there is one column, which is the first and the last",
    ),
    Equivalent(
        _BETS,
        "refuted = np.logical_or.accumulate(~wrong & (odds >= 1), axis= -1)",
        "the first refutation decides, the bound takes the largest stake, and higher shares are refuted with lower",
    ),
    Equivalent(
        _BETS,
        "odds = np.clip(odds, 0.0, 2.0)",
        "odds above 1 are refuted by the next right answer, whatever was lost before",
    ),
    Equivalent(
        _BETS,
        "logs[:, refuted | (after == limits)] = 0.0",
        "the stake of a null that is true is set to 0 below",
    ),
    Equivalent(_INTERVALS, "if n_eff < 0:", "a size of 0 leads to the same two ends"),
    Equivalent(
        _INTERVALS,
        "groups = int(code.max()) + 1 if len(code) else 1",
        "less than two deer are refused, one or none",
    ),
    *(
        Equivalent(
            _BETS,
            f"limits = np.floor(np.round(GRID * assigned, {digits})).astype(np.int64) + 1 - surely_wrong",
            "whole numbers differ from their products by less than any of these digits",
        )
        for digits in (8, 10)
    ),
    *(
        Equivalent(
            _BETS,
            f"return math.floor(round(alpha * assigned, {digits})) + 1",
            "whole numbers differ from their products by less than any of these digits",
        )
        for digits in (8, 10)
    ),
)
