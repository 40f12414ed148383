"""Rates of error by an audit in two strata: worked numbers, and intervals that hold the truth of simulated surveys."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from analysis.surveys.audit.error_rates import (
    LEAST,
    NO_CAPTURES,
    NOT_JUDGED,
    Often,
    Once,
    Rates,
    error_rates,
    judgements_for,
)

Captures = list[tuple[int, int, int]]
"""Profile, occasion, and the animal that it really is."""


def test_a_survey_that_was_judged_as_a_whole_is_known_exactly() -> None:
    """Of 20 captures 2 are not their profile's; 17 have another one, and 3 of these stand apart; 9 profiles, 1.5 too many."""
    found = error_rates(Once(4, 2, 1, 1), Often(16, 5, 14, 1, 1))
    for rate, share in (
        (found.false_matches, 2 / 20),
        (found.missed_matches, 3 / 17),
        (found.ghosts, 1.5 / 9),
    ):
        assert rate is not None
        assert [rate.rate, rate.low, rate.high, rate.worst] == pytest.approx([share] * 4)
    assert (found.judged, found.cannot_tell) == (20, 0)


def test_counts_are_weighted_back_by_the_sizes_of_the_strata() -> None:
    """5 of 50 stand for 10 of 100 seen once, 1 of 50 for 18 of 900 others: unweighted it would be 6 in 100."""
    found = error_rates(Once(100, 45, 5), Often(900, 150, 49, 1))
    assert found.false_matches.rate == pytest.approx(18 / 1000)
    assert found.ghosts.rate == pytest.approx(10 / 250)
    assert found.missed_matches is not None
    assert found.missed_matches.rate == pytest.approx(28 / (28 + 882))
    for rate in (found.false_matches, found.missed_matches, found.ghosts):
        assert rate.low < rate.rate < rate.high == rate.worst


def test_no_error_among_thirty_leaves_eleven_percent_possible() -> None:
    """As many captures as one likes: 1 - 0.025 ** (1 / 30.5), the upper end of Beta(1, 30.5), for two kinds of error."""
    found = error_rates(Once(0), Often(10**7, 10**6, 30))
    assert (found.false_matches.rate, found.false_matches.low) == (0, 0)
    assert found.false_matches.high == pytest.approx(1 - 0.025 ** (1 / 30.5), abs=0.003)


def test_what_nobody_could_tell_is_no_evidence_and_may_have_been_wrong() -> None:
    told = error_rates(Once(0), Often(1000, 100, 40))
    doubtful = error_rates(Once(0), Often(1000, 100, 40, cannot_tell=10))
    assert doubtful.false_matches.rate == 0
    assert doubtful.false_matches.high == told.false_matches.high
    assert doubtful.false_matches.worst > 10 / 50
    assert (doubtful.judged, doubtful.cannot_tell) == (40, 10)


def test_without_a_capture_that_has_another_no_match_can_be_missed() -> None:
    assert error_rates(Once(3, 3), Often(0, 0)).missed_matches is None


def test_two_profiles_seen_once_that_are_one_deer_are_one_ghost() -> None:
    assert error_rates(Once(2, 0, 0, 2), Often(0, 0)).ghosts.rate == 0.5


@pytest.mark.parametrize(
    ("once", "often", "why"),
    [(Once(0), Often(0, 0), NO_CAPTURES), (Once(5), Often(9, 2, 9), NOT_JUDGED)],
)
def test_what_nothing_is_known_of_has_no_rates(once: Once, often: Often, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        error_rates(once, often)


def test_the_effort_is_said_before() -> None:
    """Of endless captures, 5 % wrong: Beta(76 e + 1/2, 76 (1 - e) + 1/2) is 0.10001 wide, with 77 it is 0.0993."""
    assert judgements_for(0.10, 10**9) == 77
    assert judgements_for(0.10, 100) == 44  # of few, fewer tell as much
    assert judgements_for(0.10, 10**9, weight=0.5) == LEAST
    assert judgements_for(0.10, 12) == 12
    assert judgements_for(0.001, 500) == 500


def herd(generator: np.random.Generator) -> Captures:
    """80 animals on 8 occasions; of their captures 5 % are ghosts' and 2 % bear another animal's name."""
    captures: dict[tuple[int, int], int] = {}
    for animal in range(80):
        for occasion in np.flatnonzero(generator.random(8) < generator.uniform(0.2, 0.8)):
            profile, drawn = animal, generator.random()
            if drawn < 0.05:
                profile = 1000 + len(captures)
            elif drawn < 0.07:
                profile = int(generator.integers(80))
            captures.setdefault((profile, int(occasion)), animal)
    return [(profile, occasion, animal) for (profile, occasion), animal in captures.items()]


def truth_of(captures: Captures) -> list[tuple[bool, str]]:
    """Of each capture whether its profile was captured once, and the answer of one who knows every animal."""
    size = Counter(profile for profile, _, _ in captures)
    by_animal: dict[int, Counter[int]] = defaultdict(Counter)
    for profile, _, animal in captures:
        by_animal[animal][profile] += 1
    answers = []
    for profile, _, animal in captures:
        others = by_animal[animal] - Counter([profile])
        if profile in others:
            answer = "own"
        elif not others:
            answer = "nobody"
        else:
            answer = "often" if any(size[other] > 1 for other in others) else "once"
        answers.append((size[profile] == 1, answer))
    return answers


def judged(captures: Captures, answers: list[tuple[bool, str]], asked: list[int]) -> Rates:
    kinds = Counter(answers[place] for place in asked)
    size = Counter(profile for profile, _, _ in captures)
    alone = sum(count == 1 for count in size.values())
    return error_rates(
        Once(alone, kinds[True, "nobody"], kinds[True, "often"], kinds[True, "once"]),
        Often(
            len(captures) - alone,
            len(size) - alone,
            kinds[False, "own"],
            kinds[False, "often"] + kinds[False, "once"],
            kinds[False, "nobody"],
        ),
    )


def test_the_intervals_hold_the_truth_of_simulated_surveys() -> None:
    """Ten herds, eight audits of 80 captures each: at 95 % 9 of 80 or more fail once in a hundred times."""
    misses = Counter[str]()
    for seed in range(10):
        generator = np.random.default_rng(seed)
        captures = herd(generator)
        answers = truth_of(captures)
        truth = judged(captures, answers, list(range(len(captures))))
        assert truth.ghosts.rate > 0.1  # 5 % of the captures are many more of the profiles
        places = [
            [place for place, (once, _) in enumerate(answers) if once is of_once]
            for of_once in (True, False)
        ]
        for _ in range(8):
            asked = [
                int(place)
                for stratum, count in zip(places, (20, 60), strict=True)
                for place in generator.permutation(stratum)[:count]
            ]
            found = judged(captures, answers, asked)
            for name in ("false_matches", "missed_matches", "ghosts"):
                one, true = getattr(found, name), getattr(truth, name)
                misses[name] += not one.low <= true.rate <= one.high
    assert max(misses.values()) < 9, misses
