"""Alerts: raised once, on while the facts hold, cleared once; and the advice to train again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.monitoring.alerts import (
    RATE_FELL,
    SCORES_DRIFTED,
    SCORES_STALE,
    THRESHOLD_EXPIRED,
    THRESHOLD_UNPROVEN,
    Alert,
    AlertState,
    SnapshotFacts,
    Standing,
    follow,
)
from analysis.monitoring.retraining_advice import (
    ADVICE,
    NEW_DEER,
    RATE_HAS_FALLEN,
    Learning,
    advice,
)
from analysis.stats.drift import AssignmentCount, Limits, Stability

QUIET = SnapshotFacts(
    sample=AssignmentCount(50, 100),
    limits=Limits(0.5, 0.4, 0.6),
    stability=Stability(0.1, 0.25, 10),
    threshold=0.8,
    threshold_state="proven",
    why_expired="",
    stale=0,
    stale_before=0,
    embedded=1000,
    learning=Learning(40, 0, 30),
)


def kinds(standing) -> list[tuple[Alert, AlertState]]:
    return [(item.kind, item.state) for item in standing]


def test_nothing_wrong_is_no_alert():
    assert follow((), QUIET, "2026-10-01") == ()


def test_a_rate_below_its_limit_is_raised_with_the_facts():
    (alert,) = follow((), replace(QUIET, sample=AssignmentCount(39, 100)), "2026-10-01")
    text = RATE_FELL.format(trials=100, share=0.39, lower=0.4, centre=0.5)
    assert alert == Standing(Alert.RATE_FELL, AlertState.RAISED, "2026-10-01", text)
    assert "100 sightings 39.0% were assigned, below the control limit of 40.0%" in text


def test_a_rate_at_its_limit_is_none():
    assert follow((), replace(QUIET, sample=AssignmentCount(40, 100)), "2026-10-01") == ()


def test_an_alert_is_raised_on_and_cleared_once_each():
    low = replace(QUIET, sample=AssignmentCount(10, 100))
    first = follow((), low, "2026-10-01")
    second = follow(first, low, "2026-10-02")
    third = follow(second, QUIET, "2026-10-03")
    fourth = follow(third, QUIET, "2026-10-04")
    assert [kinds(day) for day in (first, second, third, fourth)] == [
        [(Alert.RATE_FELL, AlertState.RAISED)],
        [(Alert.RATE_FELL, AlertState.ON)],
        [(Alert.RATE_FELL, AlertState.CLEARED)],
        [],
    ]
    assert {item.since for day in (first, second, third) for item in day} == {"2026-10-01"}
    assert [day[0].is_news for day in (first, second, third)] == [True, False, True]


def test_after_it_was_cleared_it_is_raised_anew():
    low = replace(QUIET, sample=AssignmentCount(10, 100))
    cleared = follow(follow((), low, "2026-10-01"), QUIET, "2026-10-02")
    (again,) = follow(cleared, low, "2026-10-03")
    assert (again.state, again.since) == (AlertState.RAISED, "2026-10-03")


def test_what_too_few_sightings_cannot_judge_stays_as_it_was():
    raised = follow((), replace(QUIET, sample=AssignmentCount(10, 100)), "2026-10-01")
    silent = replace(QUIET, sample=None, limits=None, stability=None)
    (still,) = follow(raised, silent, "2026-10-02")
    assert (still.state, still.text) == (AlertState.ON, raised[0].text)
    assert follow((), silent, "2026-10-02") == ()


def test_without_a_threshold_no_rate_is_too_low():
    raised = follow((), replace(QUIET, sample=AssignmentCount(10, 100)), "2026-10-01")
    ranked = replace(QUIET, threshold=None, threshold_state="none", limits=None)
    assert kinds(follow(raised, ranked, "2026-10-02")) == [(Alert.RATE_FELL, AlertState.CLEARED)]


def test_drift_needs_psi_above_its_limit_and_above_chance():
    drifted = Stability(0.31, 0.25, 10)
    (alert,) = follow((), replace(QUIET, stability=drifted), "2026-10-01")
    assert alert.text == SCORES_DRIFTED.format(trials=100, psi=0.31, bound=0.25)
    for harmless in (Stability(0.31, 0.4, 10), Stability(0.19, 0.01, 10)):
        assert follow((), replace(QUIET, stability=harmless), "2026-10-01") == ()


@pytest.mark.parametrize(
    ("state", "kind", "text"),
    [
        ("expired", Alert.THRESHOLD_EXPIRED, THRESHOLD_EXPIRED),
        ("unproven", Alert.THRESHOLD_UNPROVEN, THRESHOLD_UNPROVEN),
    ],
)
def test_a_threshold_without_a_valid_proof_is_told(state, kind, text):
    (alert,) = follow(
        (), replace(QUIET, threshold_state=state, why_expired="it grew"), "2026-10-01"
    )
    assert (alert.kind, alert.text) == (kind, text.format(threshold=0.8, why="it grew"))


def test_stale_scores_alarm_where_they_grow_and_until_they_are_worked_off():
    first = replace(QUIET, stale=100, stale_before=None)
    assert follow((), first, "2026-10-01") == ()  # a review has just been made
    assert follow((), replace(first, stale_before=100), "2026-10-02") == ()  # they do not grow
    grown = follow((), replace(first, stale_before=99), "2026-10-02")
    assert grown[0].text == SCORES_STALE.format(stale=100, embedded=1000)
    fewer = follow(grown, replace(first, stale=11, stale_before=100), "2026-10-03")
    assert kinds(fewer) == [(Alert.SCORES_STALE, AlertState.ON)]
    done = follow(fewer, replace(first, stale=10, stale_before=11), "2026-10-04")
    assert kinds(done) == [(Alert.SCORES_STALE, AlertState.CLEARED)]


def test_retraining_follows_from_a_fallen_rate_also_where_that_is_still_on():
    low = replace(QUIET, sample=AssignmentCount(10, 100), learning=Learning(40, 1, 30))
    first = follow((), low, "2026-10-01")
    assert first[1].text == ADVICE.format(why=RATE_HAS_FALLEN)
    silent = replace(low, sample=None, limits=None, stability=None)
    assert kinds(follow(first, silent, "2026-10-02")) == [
        (Alert.RATE_FELL, AlertState.ON),
        (Alert.RETRAINING, AlertState.ON),
    ]
    assert kinds(follow(first, replace(low, sample=AssignmentCount(50, 100)), "2026-10-02")) == [
        (Alert.RATE_FELL, AlertState.CLEARED),
        (Alert.RETRAINING, AlertState.CLEARED),
    ]


def test_an_alert_survives_being_stored():
    raised = follow((), replace(QUIET, sample=AssignmentCount(10, 100)), "2026-10-01")
    stored = [item.to_json() for item in raised]
    assert stored[0]["kind"] == "rate_fell"
    assert tuple(Standing.from_json(item) for item in stored) == raised


def advice_for(
    trainable: int, new: int, *, has_fallen: bool = False, has_drifted: bool = False
) -> str:
    return advice(
        Learning(trainable, new, needed=30), has_fallen=has_fallen, has_drifted=has_drifted
    )


def test_a_quarter_more_deer_are_worth_a_new_fit():
    # 32 at the last training: a quarter of them is 8.
    assert advice_for(40, 8) == ADVICE.format(why=NEW_DEER.format(new=8, trainable=40))
    assert advice_for(39, 7) == ""


def test_where_nothing_was_ever_fitted_it_is_worth_it_at_once():
    assert "30 of 30 deer" in advice_for(30, 30)


def test_below_what_a_training_needs_there_is_too_little_to_learn():
    assert advice_for(29, 29, has_fallen=True, has_drifted=True) == ""


def test_without_a_new_deer_there_is_nothing_new_to_learn():
    assert advice_for(100, 0, has_fallen=True, has_drifted=True) == ""


def test_the_reasons_are_joined():
    text = advice_for(100, 1, has_fallen=True, has_drifted=True)
    assert "the assignment rate has fallen and the scores have drifted" in text
