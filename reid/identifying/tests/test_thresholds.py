"""Thresholds in force: which one counts for a scorer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from reid.embedding import scorers
from reid.identifying import backfill, identify
from reid.identifying.backfill import Part
from reid.identifying.thresholds import (
    APPROVE_AGAIN,
    CHANGED,
    GATE_ROSE,
    OTHER_SCORER,
    OVERRIDE,
    REFERENCES,
    Herd,
    LogFacts,
    Now,
    Proof,
    Validity,
    herd_now,
    in_force,
    override_note,
    propose,
    set_threshold,
    to_approve_again,
    units_of,
    validity,
)
from reid.matching.score_rules import OTHER_RULE, OTHER_SEASONS
from reid.models import Scorer, Threshold
from reid.tests import make

pytestmark = pytest.mark.django_db


def test_none_is_in_force_until_one_is_approved() -> None:
    scorer = make.scorer()
    Threshold.objects.create(scorer=scorer, value=Decimal("0.7"), source="analysis")
    assert in_force(scorer) is None
    row = make.threshold(scorer)
    assert in_force(scorer) == row
    assert in_force(make.scorer(is_active=False)) is None


@pytest.mark.parametrize(
    "create", [identify.create_run, lambda of: backfill.create_run(of, Part())]
)
def test_a_run_has_the_override_of_whoever_creates_it(settings, create) -> None:
    scorer = make.scorer()
    make.threshold(scorer, "0.7")
    settings.REID_THRESHOLD = 0.81
    run = create(scorer)
    settings.REID_THRESHOLD = None
    set_threshold(run, scorer)
    assert (run.threshold_used, run.threshold_source, run.threshold) == (8100, "env", None)


def test_the_worker_s_own_override_decides_nothing(settings) -> None:
    scorer = make.scorer()
    row = make.threshold(scorer, "0.7")
    run = identify.create_run(scorer)
    settings.REID_THRESHOLD = 0.81
    set_threshold(run, scorer)
    assert (run.threshold_used, run.threshold_source, run.threshold) == (7000, "operator", row)


def test_without_an_approval_or_override_a_run_only_ranks() -> None:
    scorer = make.scorer()
    run = identify.create_run(scorer)
    set_threshold(run, scorer)
    assert (run.threshold_used, run.threshold_source, run.threshold) == (None, "", None)


def test_an_override_writes_and_withdraws_no_threshold(settings) -> None:
    scorer = make.scorer()
    row = make.threshold(scorer)
    settings.REID_THRESHOLD = 0.81
    set_threshold(identify.create_run(scorer), scorer)
    assert in_force(scorer) == row
    assert Threshold.objects.get() == row


def test_an_override_is_shown_as_unproven(settings) -> None:
    assert override_note() == ""
    settings.REID_THRESHOLD = 0.81
    assert override_note() == OVERRIDE.format(value="0.8100")
    assert "unproven" in override_note()


def env_record(scorer, hours: int) -> None:
    """A record of REID_THRESHOLD as earlier versions wrote it; the migration has deactivated it."""
    at = make.NOON + timedelta(hours=hours)
    make.threshold(scorer, "0.9", source="env", approved_by=None, approved_at=at, is_active=False)


def test_what_an_override_once_replaced_is_named_until_one_is_approved() -> None:
    scorer = make.scorer()
    env_record(scorer, 1)
    assert to_approve_again(scorer) == ""  # no person has approved anything
    make.threshold(scorer, "0.6", approved_at=make.NOON - timedelta(days=1), is_active=False)
    make.threshold(scorer, "0.7", approved_at=make.NOON, is_active=False)
    text = APPROVE_AGAIN.format(scorer=scorer, value="0.7000", by="ranger", day="2025-10-01")
    assert to_approve_again(scorer) == text
    assert to_approve_again(make.scorer(is_active=False)) == ""
    row = make.threshold(scorer, "0.8")
    assert to_approve_again(scorer) == ""
    Threshold.objects.filter(pk=row.pk).update(is_active=False)
    assert to_approve_again(scorer) == ""  # a person has withdrawn it


def proposed(herd: dict[str, int], **fields: object) -> Threshold:
    evidence = {"profile_score": "centroid", "herd": herd}
    return Threshold(scorer=make.scorer(), value=Decimal("0.7"), evidence=evidence, **fields)


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        ((10, 20, 100), (10, 20, 100), ""),
        ((10, 20, 100), (11, 22, 110), ""),
        ((10, 20, 100), (9, 18, 90), ""),
        ((10, 20, 100), (12, 20, 100), "deer 10 -> 12"),
        ((10, 20, 100), (10, 17, 111), "references 20 -> 17, sightings 100 -> 111"),
        ((0, 0, 0), (1, 1, 1), "deer 0 -> 1, references 0 -> 1, sightings 0 -> 1"),
    ],
)
def test_a_tenth_more_or_less_is_still_the_same_herd(before, now, changes) -> None:
    names = ("deer", "references", "sightings")
    row = proposed(dict(zip(names, before, strict=True)))
    why = CHANGED.format(changes=changes) if changes else ""
    assert validity(row, Now(Herd(*now), row.scorer_id)).why == why


def test_the_herd_is_counted_by_deer_references_and_sightings() -> None:
    oak = make.deer()
    first = make.detection(deer=oak, is_reference=True)
    make.detection(deer=oak, is_reference=True, sighting=first.sighting)
    make.detection(classification="person")
    make.detection(is_valid=False)
    assert herd_now() == Herd(deer=1, references=2, sightings=1)


def test_another_rule_or_space_is_another_question(settings) -> None:
    row = proposed({"deer": 0, "references": 0, "sightings": 0}, source="analysis")
    assert str(validity(row)) == "proven"
    settings.REID_PROFILE_SCORE = "max"
    assert validity(row).why == OTHER_RULE.format(now="max", then="centroid")
    settings.REID_PROFILE_SCORE = "centroid"
    settings.REID_ANTLER_SEASONS = "same"
    assert validity(row).why == OTHER_SEASONS.format(now="same from month 4", then="all")
    settings.REID_ANTLER_SEASONS = "all"
    Scorer.objects.update(is_active=False)
    assert validity(row).why == ""
    scorers.activate(make.scorer(is_active=False))
    assert str(validity(row)) == f"expired: {OTHER_SCORER}"


HERD = {"deer": 10, "references": 20, "sightings": 100}


def held(row: Threshold, gallery: str = "", log: LogFacts | None = None) -> Validity:
    return validity(row, Now(Herd(**HERD), row.scorer_id, gallery, log))


def test_whoever_decides_anew_asks_for_the_very_references() -> None:
    row = proposed(HERD, source="analysis")
    row.evidence["gallery"] = {"fingerprint": "then"}
    assert held(row).proof is Proof.PROVEN
    assert held(row, "then").proof is Proof.PROVEN
    assert held(row, "now").proof is Proof.EXPIRED
    assert held(row, "now") == Validity(True, REFERENCES)


@pytest.mark.parametrize(
    ("lowest", "audit", "why"),
    [
        (7000, "", ""),
        (7001, "", GATE_ROSE),
        (None, "", GATE_ROSE),
        (7000, "it is gone", "it is gone"),
    ],
)
def test_what_the_log_says_expires_a_proof_and_nothing_else(lowest, audit, why) -> None:
    proof, own = proposed(HERD, source="analysis"), Threshold.Source.OPERATOR
    assert held(proof, log=LogFacts(lowest, audit)).why == why
    proof.source = own
    assert held(proof, log=LogFacts(lowest, audit)) == Validity(False)


def test_what_is_written_down_has_the_herd_it_is_for() -> None:
    make.detection(deer=make.deer(), is_reference=True)
    row = propose(make.scorer(), Decimal("0.8"), Threshold.Source.OPERATOR, {"note": "by eye"})
    row.refresh_from_db()
    assert row.evidence == {
        "note": "by eye",
        "profile_score": "centroid",
        "antler_seasons": "all",
        "herd": {"deer": 1, "references": 1, "sightings": 1},
    }
    assert (row.gallery_size, row.is_active, str(validity(row))) == (1, False, "unproven")


@pytest.mark.parametrize(
    ("text", "units"),
    [("0.82", 8200), (" 1 ", 10_000), ("0.0001", 1), *((text, None) for text in
    ("0", "1.1", "0.00001", "high", "nan", "inf", "", "0.8,0.9"))],
)  # fmt: skip
def test_a_typed_threshold_is_units_or_nothing(text, units) -> None:
    assert units_of(text) == units
