"""Batches over HTTP: offered, opened, judged, assigned, undone, abandoned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission, User

from analysis.api.audit_documents import AuditDocument, StatusDocument
from analysis.api.audit_serializers import NO_SHARES_WANTED
from analysis.api.batch_serializers import AssignedAnswer, BatchDocument, OfferAnswer
from analysis.api.batch_views import MAY_NOT_DECIDE
from analysis.audit.batches import NOTHING_OPEN
from analysis.tests.small_herds import SmallHerd, judge, small_herd
from reid.models import AuditPlan, Detection

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def herd() -> SmallHerd:
    return small_herd(unreviewed=60)


def get(client: Client, verb: str, **query: Any) -> Any:
    return client.get(f"/api/audits/{verb}", query)


def post(client: Client, verb: str, **body: Any) -> Any:
    return client.post(f"/api/audits/{verb}", body, content_type="application/json")


def test_the_offer_says_beforehand_what_a_batch_takes(herd: SmallHerd, client: Client) -> None:
    answer = get(client, "offer", alpha_fdp="0.1")
    assert answer.status_code == 200
    offer = answer.json()
    assert offer["verdict"] == "RECOMMEND_BATCH"
    assert (offer["batch"]["number"], offer["batch"]["pairs"]) == (1, 60)
    (candidate,) = offer["batch"]["candidates"][-1:]
    assert candidate["judgements"] == {"0": 26, "1": 39, "2": 47}
    assert set(OfferAnswer().fields) == set(offer)


def test_a_batch_from_the_plan_to_the_names_and_back(herd: SmallHerd, client: Client) -> None:
    plan = post(client, "plan", kind="batch", alpha_fdp=0.1, shares=[1.0])
    assert plan.status_code == 201, plan.content
    assert set(AuditDocument().fields) == set(plan.json())
    assert (plan.json()["kind"], plan.json()["batch"]["certified"]) == ("batch", None)
    assert post(client, "assign").status_code == 409
    judge(AuditPlan.objects.get())
    status = get(client, "status").json()
    assert set(StatusDocument().fields) == set(status)
    assert (status["status"], status["verdict"]) == ("passed", "RECOMMEND_BATCH")
    assert status["batch"]["certified"]["claim"] == "certified for this batch"
    done = post(client, "assign")
    assert done.status_code == 201, done.content
    assert set(AssignedAnswer().fields) == set(done.json())
    assert set(BatchDocument().fields) == set(done.json()["batch"])
    assert done.json()["sightings"] == 60
    assert Detection.objects.filter(identity_source="certified").count() == 60
    undone = client.post(
        "/api/review/undo",
        {"operation": done.json()["batch"]["operation"]},
        content_type="application/json",
    )
    assert undone.status_code in (200, 201), undone.content
    assert not Detection.objects.filter(identity_source="certified").exists()
    (listed,) = get(client, "batches").json()["batches"]
    assert (listed["number"], listed["is_assigned"]) == (1, False)
    assert post(client, "abandon").json()["status"] == "abandoned"
    assert post(client, "abandon").json()["detail"] == NOTHING_OPEN


def test_an_item_of_a_batch_is_shown_as_blind_as_any(herd: SmallHerd, client: Client) -> None:
    post(client, "plan", kind="batch")
    item = get(client, "next").json()["item"]
    assert len(item["deer"]) == 3
    assert "score" not in str(item)


def test_shares_are_those_of_a_batch(herd: SmallHerd, client: Client) -> None:
    refused = post(client, "plan", shares=[0.5])
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (400, NO_SHARES_WANTED)
    wild = post(client, "plan", kind="batch", shares=[1.5])
    assert wild.status_code == 409


@pytest.mark.parametrize("verb", ["assign", "abandon"])
def test_deciding_takes_the_right_to_change_thresholds(
    herd: SmallHerd, client: Client, verb: str, settings: Any
) -> None:
    looker = User.objects.create_user("looker")
    looker.user_permissions.add(Permission.objects.get(codename="manage_store"))
    client.force_login(looker)
    settings.THUMPER_MODE = "production"
    refused = post(client, verb)
    assert (refused.status_code, refused.json()["detail"]) == (403, MAY_NOT_DECIDE)
