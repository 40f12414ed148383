"""Sex and life span, by hand."""

from __future__ import annotations

from datetime import date

from reid.matching.eligibility import EligibleDeer, Life, alive_on, sex_matches

BUCK, DOE, FAWN = Life("buck"), Life("doe"), Life("fawn")


def test_buck_and_doe_contradict_each_other_and_nobody_else() -> None:
    table = sex_matches(["buck", "doe", "fawn", "unknown_deer"], [BUCK, DOE, FAWN]).tolist()
    assert table == [[True, False, True], [False, True, True], [True] * 3, [True] * 3]


def test_birth_and_death_days_count_as_alive() -> None:
    lived = Life("doe", date(2024, 6, 1), date(2025, 11, 15))
    days = [date(2024, 5, 31), date(2024, 6, 1), date(2025, 11, 15), date(2025, 11, 16), None]
    assert alive_on(days, [lived]).ravel().tolist() == [False, True, True, False, True]


def test_what_is_not_known_rules_nobody_out() -> None:
    lives = [
        Life("doe"),
        Life("doe", born_on=date(2024, 6, 1)),
        Life("doe", died_on=date(2020, 1, 1)),
    ]
    assert alive_on([date(2025, 1, 1)], lives).tolist() == [[True, True, False]]


def test_no_deer_and_no_detections() -> None:
    assert sex_matches(["doe"], []).shape == alive_on([None], []).shape == (1, 0)
    assert sex_matches([], [DOE]).shape == alive_on([], [DOE]).shape == (0, 1)


def test_a_sighting_may_show_whom_no_class_no_day_and_no_person_rules_out() -> None:
    lives = [BUCK, DOE, Life("doe", died_on=date(2025, 1, 1)), DOE]
    eligible = EligibleDeer("abcd", lives)
    days = [date(2025, 1, 1), date(2025, 1, 2), None]
    assert eligible.of(["doe", "unknown_deer"], days, ["d", "of another gallery"]).tolist() == [
        *(False, True, False, False)
    ]
    assert eligible.of(["unknown_deer"], [None], []).tolist() == [True] * 4
    assert eligible.of(["doe", "buck"], days[:1], []).tolist() == [False] * 4


def test_each_condition_can_be_asked_for_by_itself() -> None:
    eligible = EligibleDeer("ab", [BUCK, Life("doe", born_on=date(2025, 1, 2))])
    assert eligible.ruled_out_by_sex(frozenset({"doe", "fawn"})).tolist() == [True, False]
    assert eligible.ruled_out_by_life(frozenset({date(2025, 1, 1)})).tolist() == [False, True]
    assert eligible.ruled_out_by_life(frozenset()).tolist() == [False, False]
    assert eligible.columns(["b", "c"]).tolist() == [False, True]


def test_without_a_deer_nobody_is_eligible() -> None:
    assert EligibleDeer((), ()).of(["doe"], [date(2025, 1, 1)], ["a"]).tolist() == []
