"""Assessment of a stored herd, up to its verdict."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model

from analysis.recommendation.assess import MIX_WARNING, assess
from analysis.recommendation.document import recommendation_document
from analysis.recommendation.types import Verdict
from analysis.stats.betting_test import Status, evidence
from analysis.tests.herds import Herd, herd
from reid.models import Detection, Operation, SimilarityScore, Threshold

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored() -> Herd:
    return herd()


def test_decoys_alone_ask_for_an_audit(stored):
    recommendation = assess(stored.scorer).recommendation
    assert (recommendation.verdict, recommendation.threshold) == (Verdict.AUDIT_NEEDED, None)
    expected = 1
    while evidence([False] * expected, 120, 0.05).status is not Status.PASSED:
        expected += 1
    assert recommendation.more.audits >= expected


def test_the_document_has_every_part_of_the_contract(stored):
    document = recommendation_document(assess(stored.scorer))
    assert document["verdict"] == "AUDIT_NEEDED"
    assert (document["unit"], document["threshold"], document["active"]) == ("sighting", None, 0.55)
    assert document["space"] == stored.scorer.fingerprint
    assert document["gallery"] == {"fingerprint": stored.fingerprint, "deer": 2, "references": 2}
    fpir = document["fpir"]
    # 60 strangers and the two references against each other
    assert (fpir["trials"], fpir["deer"], fpir["estimate"]) == (62, 62, 0.0)
    assert fpir["upper"] == pytest.approx(1 - 0.05 ** (1 / 62))
    assert document["audit"]["candidates"] == [
        {"threshold": 0.66, "assigned": 60},
        {"threshold": 0.406, "assigned": 120},
    ]
    rate = document["assignment_rate"]
    assert (rate["unreviewed"], rate["at_threshold"], rate["at_active"]) == (120, 1.0, 1.0)
    assert (rate["relative"], rate["points"]) == (1.0, 0.0)
    assert document["decoy_forecast_fdp_upper"] == pytest.approx(fpir["upper"])
    assert document["more"]["audits"] > 0
    assert document["ranked_review"] is None  # no labelled deer is compared with its own references


def test_scores_of_other_references_are_invalid_data(stored):
    two_percent = SimilarityScore.objects.filter(detection__sighting__in=stored.unreviewed[:3])
    two_percent.update(gallery_fingerprint="0" * 16)
    recommendation = assess(stored.scorer).recommendation
    assert recommendation.verdict is Verdict.INVALID_DATA
    assert "2% of the scores were made with other references" in recommendation.reason


def test_stale_scores_are_invalid_data(stored):
    Detection.objects.filter(sighting__in=stored.unreviewed[:3]).update(scores_stale=True)
    recommendation = assess(stored.scorer).recommendation
    assert recommendation.verdict is Verdict.INVALID_DATA
    assert "run identify_detections" in recommendation.reason


def test_a_class_that_is_hardly_labelled_is_warned_of(stored):
    assert MIX_WARNING not in assess(stored.scorer).recommendation.situation.warnings
    detections = Detection.objects.filter(sighting__in=stored.unreviewed[:60])
    detections.update(classification="fawn")
    assert MIX_WARNING in assess(stored.scorer).recommendation.situation.warnings


def test_only_a_threshold_recommended_for_this_gallery_is_proven(stored):
    ranger = get_user_model().objects.create(username="ranger")
    approved = Threshold.objects.create(
        scorer=stored.scorer,
        value=Decimal("0.66"),
        source="analysis",
        evidence={"verdict": "RECOMMEND", "gallery": {"fingerprint": stored.fingerprint}},
    )
    approved.approve(ranger)

    def is_proven():
        return assess(stored.scorer).recommendation.situation.active.is_proven

    assert is_proven()
    approved.evidence = {"verdict": "RECOMMEND", "gallery": {"fingerprint": "another"}}
    approved.save()
    assert not is_proven()


def test_a_ranking_is_timed_by_random_reviews_alone(stored):
    ranger = get_user_model().objects.create(username="ranger")
    again = stored.photograph([stored.ada] * 3)
    stored.log(again, [(9000, 1000), (8000, 1000), (700, 900)])
    for selection, seconds in (("random", 12), ("random", 18), ("queue", 600)):
        Operation.objects.create(kind="confirm", actor=ranger, selection=selection, seconds=seconds)
    review = recommendation_document(assess(stored.scorer))["ranked_review"]
    # The deer is found at rank 1 in two of three, at rank 2 in all.
    assert (review["k"], review["n"]) == (2, 3)
    assert (review["hit_rate"], review["seconds_per_probe"]) == (1.0, 15)
    assert review["minutes_per_100"] == 25
    assert review["identified_per_100"] == pytest.approx(100 * 3 / 65)
