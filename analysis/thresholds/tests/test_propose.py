"""The whole way of a threshold, from the audit to the herd and back, and where it stops."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from analysis.audit.plans import GALLERY_CHANGED, POPULATION_CHANGED, POPULATION_GREW
from analysis.management.commands import test_reid_thresholds as command
from analysis.recommendation.assess import assess
from analysis.reports import changes
from analysis.score_log.session import active_threshold
from analysis.score_log.sighting_log import read_log
from analysis.tests.herds import Herd, herd
from analysis.thresholds import acts, propose
from reid import reviewing
from reid.identifying import approval, thresholds
from reid.identifying.thresholds import NOT_A_THRESHOLD
from reid.models import (
    AuditItem,
    AuditPlan,
    Detection,
    ReidRun,
    Sighting,
    SimilarityScore,
    Threshold,
)
from reid.reviewing.problems import UNDO_CONFLICT
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, seen
from reid.wording import Number

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ranger(db) -> User:
    return reviewer("local")


@pytest.fixture
def stored(ranger) -> Herd:
    """The herd of 120 unreviewed sightings, before anything is audited."""
    return herd()


@pytest.fixture
def proven(stored: Herd) -> Herd:
    """With an audit in which everything was right: 0.4060 is recommended."""
    call_command("audit_threshold", "plan", stdout=StringIO())
    plan = AuditPlan.objects.get()
    right, wrong = AuditItem.Outcome.RIGHT, AuditItem.Outcome.WRONG
    plan.items.filter(is_planted=False).update(outcome=right, reviewer=reviewer("judge"))
    plan.items.filter(is_planted=True).update(outcome=wrong, reviewer=reviewer("judge"))
    return stored


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("test_reid_thresholds", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def foretold(score: str) -> dict[str, int]:
    counts: dict[str, int] = json.loads(said("--what-if", score, "--format", "json"))["counts"]
    return counts


def test_the_whole_way_of_a_threshold_and_back(proven, ranger):
    begin = everything()
    report = json.loads(said("--format", "json"))
    assert (report["recommendation"]["verdict"], report["recommendation"]["threshold"]) == (
        "RECOMMEND",
        0.406,
    )
    assert "0.4060, proven" in said("--propose")
    proposal = Threshold.objects.get()
    assert (proposal.value, proposal.source, proposal.is_active) == (
        Decimal("0.406"),
        "analysis",
        False,
    )
    assert everything() == begin

    counts = foretold("0.406")
    assert (counts["assigned_sightings"], counts["assigned_detections"]) == (120, 120)
    assert (counts["unchanged_sightings"], counts["left_sightings"]) == (62, 0)
    applied = said("--apply")
    assert "120 sightings (120 detections) were given a deer" in applied
    assert "proven, approved by local" in applied
    run = ReidRun.objects.get(kind="apply")
    assert {name: count for name, count in run.counts.items() if name != "scope"} == counts
    assert set(
        Detection.objects.filter(identity_source="auto").values_list("sighting", "deer")
    ) == set(read_log(proven.scorer).would_assign(4060).pairs)
    matched = SimilarityScore.objects.filter(matched=True, threshold_used=4060)
    assert matched.count() == Detection.objects.filter(identity_source="auto").count() == 120
    again = foretold("active")
    assert (again["unchanged_sightings"], again["assigned_sightings"]) == (182, 0)
    report = json.loads(said("--format", "json"))
    assert report["recommendation"]["verdict"] == "KEEP_CURRENT"
    assert report["active_threshold_origin"] == "approved by local"

    undone = said("--undo")
    assert acts.UNDONE.format(value="0.4060", detections=Number(120)) in undone
    assert acts.NONE_IN_FORCE in undone
    assert everything() == begin
    assert json.loads(said("--format", "json"))["recommendation"]["verdict"] == "RECOMMEND"
    with pytest.raises(CommandError, match="left to undo"):
        said("--undo")
    assert everything() == begin


def test_the_evidence_is_kept_whole(proven):
    said("--propose", "--max-fpir", "0.06")
    evidence = Threshold.objects.get().evidence
    assert evidence["verdict"] == "RECOMMEND"
    assert evidence["space"] == proven.scorer.fingerprint
    assert evidence["gallery"] == {"fingerprint": proven.fingerprint, "deer": 2, "references": 2}
    assert (evidence["fpir"]["alpha"], evidence["fpir"]["trials"]) == (0.06, 62)
    assert evidence["fpir"]["upper"] <= 0.06
    plan = AuditPlan.objects.get()
    assert evidence["audit"]["plan"] == str(plan.pk)
    assert (evidence["audit"]["population"], evidence["audit"]["alpha"]) == (120, 0.05)
    assert all(item["fdp_upper"] <= 0.05 for item in evidence["audit"]["candidates"])
    assert evidence["rule_version"] == propose.RULE_VERSION
    assert evidence["herd"] == {"deer": 2, "references": 2, "sightings": 182}


def test_the_same_evidence_proposes_once(proven):
    said("--propose")
    again = said("--propose")
    assert again.startswith("Proposed before, on the same evidence: 0.4060, proven.")
    assert Threshold.objects.count() == 1
    said("--apply")
    said("--undo")
    said("--propose")
    assert Threshold.objects.count() == 1


def test_nothing_but_a_recommendation_is_proposed(stored):
    reason = assess(stored.scorer).recommendation.reason
    with pytest.raises(CommandError) as refused:
        said("--propose")
    assert str(refused.value) == propose.NOT_RECOMMENDED.format(
        verdict="AUDIT NEEDED", reason=reason
    )
    assert not Threshold.objects.exists()


def test_an_operator_s_own_number_is_called_unproven_everywhere(stored):
    assert "0.7000, unproven." in said("--propose", "0.7")
    (row,) = Threshold.objects.all()
    assert (row.source, row.evidence["herd"]["sightings"]) == ("operator", 182)
    applied = said("--apply")
    assert command.UNPROVEN in applied
    # 7000, 7010 ... 7190
    assert "20 sightings (20 detections) were given a deer" in applied
    assert active_threshold(stored.scorer).origin == "approved by local, unproven"


def test_what_an_operator_noted_may_have_any_shape(stored):
    """As the sample herd's threshold, whose evidence has a rate where a proof has a document."""
    Threshold.objects.create(
        scorer=stored.scorer, value=Decimal("0.7"), source="operator",
        evidence={"demonstration": True, "fpir": 0.04, "gallery": "by eye", "audit": None},
    )  # fmt: skip
    assert "20 sightings (20 detections) were given a deer" in said("--apply")


def test_without_a_proposal_nothing_is_applied(stored):
    with pytest.raises(CommandError) as refused:
        said("--apply")
    assert str(refused.value) == command.NO_PROPOSAL.format(scorer=stored.scorer)


def test_an_unknown_approver_is_refused(proven):
    said("--propose")
    with pytest.raises(CommandError, match="no active user 'gone'"):
        said("--apply", "--user", "gone")
    assert not Threshold.objects.filter(is_active=True).exists()


def test_the_approver_is_written_down(proven):
    reviewer("ranger")
    said("--propose")
    said("--apply", "--user", "ranger")
    row = Threshold.objects.get()
    assert (str(row.approved_by), row.is_active, row.approved_at is None) == ("ranger", True, False)


def expire_references(stored: Herd) -> None:
    """Another reference; what the log says of it is as the gallery now stands."""
    shown = stored.photograph([stored.ada])
    Detection.objects.filter(pk=shown[0].pk).update(is_reference=True)


def expire_population(stored: Herd) -> None:
    """One of the audited sightings is reviewed."""
    of = Sighting.objects.get(pk=stored.unreviewed[0])
    reviewing.reject(sighting=of.pk, deer=[stored.ada.pk], versions=seen(of), actor=reviewer("ben"))
    Detection.objects.update(scores_stale=False)


def expire_growth(stored: Herd) -> None:
    shown = stored.photograph([None] * 13)  # of 120 unreviewed ones: more than a tenth; of 182 less
    stored.log(shown, [(100, 100)] * 13)


def raise_gate(stored: Herd) -> None:
    """Strangers that look like ada have been labelled since."""
    shown = stored.photograph([make.deer() for _ in range(8)])
    stored.log(shown, [(9000, 100)] * 8)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (expire_references, thresholds.REFERENCES),
        (expire_population, POPULATION_CHANGED),
        (expire_growth, POPULATION_GREW),
        (raise_gate, thresholds.GATE_ROSE),
    ],
)
def test_an_expired_proposal_says_why_and_changes_nothing(proven, change, why):
    said("--propose")
    change(proven)
    before = everything()
    with pytest.raises(CommandError) as refused:
        said("--apply")
    assert str(refused.value) == approval.EXPIRED.format(value="0.4060", why=why)
    assert everything() == before
    assert not Threshold.objects.filter(is_active=True).exists()


def test_a_log_that_cannot_be_trusted_is_not_applied(stored):
    said("--propose", "0.7")
    Detection.objects.filter(sighting__in=stored.unreviewed[:3]).update(scores_stale=True)
    with pytest.raises(CommandError, match=r"Nothing is applied.*run identify_detections"):
        said("--apply")


def test_an_audit_that_is_gone_proves_nothing(proven):
    said("--propose")
    AuditPlan.objects.update(status="expired", closed_at=make.NOON)
    with pytest.raises(CommandError) as refused:
        said("--apply")
    assert str(refused.value) == approval.EXPIRED.format(value="0.4060", why=propose.AUDIT_GONE)


def test_what_a_person_said_since_stops_the_undo_and_is_named(proven):
    said("--propose")
    said("--apply")
    of = Sighting.objects.get(pk=proven.unreviewed[0])
    reviewing.confirm(sighting=of.pk, deer=proven.ada.pk, versions=seen(of), actor=reviewer("ben"))
    with pytest.raises(CommandError, match="was changed by ben") as refused:
        said("--undo")
    assert str(refused.value).endswith(UNDO_CONFLICT[-16:])
    assert Detection.objects.filter(identity_source="auto").count() == 119


def test_what_would_change_is_listed_in_three_dresses(stored):
    table = said("--what-if", "0.717").splitlines()
    assert table[0].startswith("What 0.7170 would change with the scorer herd")
    assert [line.split()[0] for line in table[1:4]] == ["assigned"] * 3
    assert all("- -> ada" in line and len(line) <= 80 for line in table[1:4])
    assert table[4].strip() == "3 sightings (3 detections) would be given a deer"
    rows = list(csv.DictReader(StringIO(said("--what-if", "0.717", "--format", "csv"))))
    assert Counter(row["score"] for row in rows) == Counter(["0.717", "0.718", "0.719"])
    assert {(row["change"], row["before"], row["after"]) for row in rows} == {
        ("assigned", "", "ada")
    }
    found = json.loads(said("--what-if", "0.717", "--format", "json"))
    assert (found["threshold"], found["space"]) == (0.717, stored.scorer.fingerprint)
    assert [set(item) for item in found["changes"]] == [set(changes.DetectionChange.__slots__)] * 3
    assert found["changes"][0]["captured_at"] == "2025-10-01T12:00:00+00:00"


def test_what_none_and_the_active_one_would_change(proven):
    assert foretold("active")["unchanged_sightings"] == 182  # nothing is in force
    said("--propose", "0.7")
    said("--apply")
    assert foretold("none")["withdrawn_sightings"] == 20
    assert foretold("0.71")["withdrawn_sightings"] == 10
    assert foretold("0.69")["assigned_sightings"] == 10


def test_the_list_goes_to_a_file(stored, tmp_path):
    target = tmp_path / "changes.csv"
    assert str(target) in said("--what-if", "0.717", "--format", "csv", "--output", str(target))
    assert len(target.read_text().splitlines()) == 4
    with pytest.raises(CommandError, match="cannot be written"):
        said("--what-if", "0.717", "--output", str(tmp_path / "no" / "where"))


def test_a_foretelling_changes_nothing(stored):
    before = (everything(), ReidRun.objects.count())
    foretold("0.5")
    assert (everything(), ReidRun.objects.count()) == before


@pytest.mark.parametrize("text", ["high", "0.7,0.8", "2"])
def test_what_is_no_threshold_is_refused(stored, text):
    for flag in ("--what-if", "--propose"):
        with pytest.raises(CommandError) as refused:
            said(flag, text)
        assert (str(refused.value), refused.value.returncode) == (
            NOT_A_THRESHOLD.format(text=text),
            2,
        )


def test_a_list_has_three_formats(stored):
    with pytest.raises(CommandError) as refused:
        said("--what-if", "0.7", "--format", "html")
    assert str(refused.value) == command.NO_CHANGES_AS.format(
        formats="table, csv, json", name="html"
    )


def test_a_proven_threshold_expires_with_its_herd(proven):
    said("--propose")
    said("--apply")
    row = Threshold.objects.get()
    assert str(thresholds.validity(row)) == "proven"
    proven.photograph([None] * 18)  # 182 sightings and a tenth: 200.2
    assert str(thresholds.validity(row)) == "proven"
    proven.photograph([None])
    why = thresholds.CHANGED.format(changes="sightings 182 -> 201")
    assert str(thresholds.validity(row)) == f"expired: {why}"
    assert GALLERY_CHANGED not in why


def test_an_override_leaves_the_verdict_with_what_is_approved(proven, settings):
    said("--propose")
    said("--apply")
    settings.REID_THRESHOLD = 0.65
    report = json.loads(said("--format", "json"))
    assert report["recommendation"]["verdict"] == "KEEP_CURRENT"
    assert (report["active_threshold"], report["override_threshold"]) == (0.406, 0.65)
    assert report["active_threshold_origin"] == (
        "approved by local; runs use 0.6500, unproven (REID_THRESHOLD)"
    )
    assert "runs use 0.6500, unproven" in said()
    performance = StringIO()
    call_command("analyze_reid_performance", "--format", "json", stdout=performance)
    document = json.loads(performance.getvalue())
    assert (document["active_threshold"], document["override_threshold"]) == (0.406, 0.65)


def test_under_an_override_nothing_is_applied_but_what_was_is_undone(proven, settings):
    begin = everything()
    said("--propose")
    said("--apply")
    settings.REID_THRESHOLD = 0.65
    own = said("--propose", "0.7")
    assert "0.7000, unproven." in own
    with pytest.raises(CommandError) as refused:
        said("--apply")
    assert str(refused.value) == approval.ENVIRONMENT.format(value="0.7000")
    undone = said("--undo")
    assert "0.4060 is undone" in undone
    assert acts.NONE_APPROVED.format(override=thresholds.override_note()) in undone
    assert everything() == begin


def test_a_threshold_of_another_herd_is_kept_by_no_verdict(proven):
    """The report and the lists give one answer: what is expired for these is not proven for that one."""
    said("--propose")
    said("--apply")
    row = Threshold.objects.get()
    row.evidence["herd"] = {"deer": 9, "references": 2, "sightings": 182}
    row.save()
    assert thresholds.validity(row).why == thresholds.CHANGED.format(changes="deer 9 -> 2")
    report = json.loads(said("--format", "json"))
    assert report["recommendation"]["verdict"] == "RECOMMEND"
    assert "expired" in report["active_threshold_origin"]
