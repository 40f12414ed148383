"""Thresholds over HTTP: read by everybody, decided by those who may, and only while the proof holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import StringIO
from threading import Barrier
from typing import Any

import django_rq
import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rq import Queue, SimpleWorker

from analysis.api.threshold_serializers import (
    NO_FIELD_TAKEN,
    THRESHOLD_NEEDED,
    ThresholdSerializer,
    WhatIfAnswer,
)
from analysis.api.threshold_views import MAY_NOT_DECIDE, MAY_NOT_PROPOSE
from analysis.tests.herds import Herd, herd
from analysis.thresholds import acts, queued_answers
from reid.api.query import UNKNOWN_FIELD, UNKNOWN_PARAMETER
from reid.identifying import thresholds
from reid.identifying.approval import EXPIRED
from reid.identifying.thresholds import NOT_A_THRESHOLD
from reid.models import AuditItem, AuditPlan, Detection, ReidRun, Threshold
from reid.tests import make
from reid.tests.reviewing import everything, reviewer
from reid.wording import Number

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/thresholds/"


def work(name: str = queued_answers.QUEUE) -> None:
    queue = django_rq.get_queue(name)
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)


@pytest.fixture
def ranger(redis_client) -> User:
    user, _ = User.objects.update_or_create(username="local", defaults={"is_superuser": True})
    return user


@pytest.fixture
def stored(ranger: User) -> Herd:
    return herd()


@pytest.fixture
def proposal(stored: Herd) -> Threshold:
    return thresholds.propose(stored.scorer, Decimal("0.7"), Threshold.Source.OPERATOR)


@pytest.fixture
def proven(stored: Herd) -> Threshold:
    """The proposal of an audit in which everything was right: 0.4060."""
    call_command("audit_threshold", "plan", stdout=StringIO())
    right, wrong = AuditItem.Outcome.RIGHT, AuditItem.Outcome.WRONG
    items = AuditPlan.objects.get().items
    items.filter(is_planted=False).update(outcome=right, reviewer=reviewer("judge"))
    items.filter(is_planted=True).update(outcome=wrong, reviewer=reviewer("judge"))
    call_command("test_reid_thresholds", "--propose", stdout=StringIO())
    return Threshold.objects.get()


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(LIST + address, body, content_type="application/json")


def act(client: Client, row: Threshold, verb: str) -> Any:
    """Ask, let the worker look, ask again."""
    answer = post(client, f"{row.pk}/{verb}")
    if answer.status_code == 202:
        work()
        answer = post(client, f"{row.pk}/{verb}")
    return answer


def refusal(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    detail: str = answer.json()["detail"]
    return detail


def test_the_list_has_each_with_its_evidence_newest_first(client, proven, stored):
    own = thresholds.propose(stored.scorer, Decimal("0.7"), Threshold.Source.OPERATOR)
    rows = client.get(LIST).json()["results"]
    assert [row["id"] for row in rows] == [str(own.pk), str(proven.pk)]
    assert set(rows[1]) == set(ThresholdSerializer.Meta.fields)
    assert (rows[1]["value"], rows[1]["proof"], rows[1]["is_active"]) == (0.406, "proven", False)
    assert rows[1]["evidence"]["verdict"] == "RECOMMEND"
    assert rows[0]["proof"] == "unproven"
    assert client.get(f"{LIST}{proven.pk}").json() == rows[1]


def test_the_list_is_narrowed_and_refuses_what_makes_no_sense(client, proven, stored):
    thresholds.propose(stored.scorer, Decimal("0.7"), Threshold.Source.OPERATOR)
    (row,) = client.get(LIST, {"source": "analysis", "is_active": "false"}).json()["results"]
    assert row["id"] == str(proven.pk)
    assert UNKNOWN_PARAMETER in refusal(client.get(LIST, {"active": "true"}), 400)
    refusal(client.get(LIST, {"is_active": "perhaps"}), 400)


def test_the_list_asks_no_query_a_row(client, stored):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    elsewhere = make.scorer(is_active=False)
    for scorer in (stored.scorer, elsewhere):
        thresholds.propose(scorer, Decimal("0.7"), Threshold.Source.OPERATOR)
    few = queries()
    for scorer in (stored.scorer, elsewhere) * 3:
        thresholds.propose(scorer, Decimal("0.8"), Threshold.Source.OPERATOR)
    assert queries() == few
    assert client.get(LIST, {"space": elsewhere.space_id}).json()["results"][0]["proof"] == (
        f"expired: {thresholds.OTHER_SCORER}"
    )


def test_a_what_if_is_counted_by_a_worker(client, stored):
    """Of the scores 0.6000, 0.6010 ... 0.7190 twenty are 0.7 or more."""
    begin = everything()
    first = client.get(f"{LIST}what-if", {"threshold": "0.7"})
    assert (first.status_code, first.json()["state"]) == (202, "waiting")
    assert int(first["Retry-After"]) > 0
    work()
    answer = client.get(f"{LIST}what-if", {"threshold": "0.7", "space": stored.scorer.name})
    assert answer.status_code == 200
    document = answer.json()
    assert set(document) == set(WhatIfAnswer().fields)
    assert (document["state"], document["counts"]["assigned_sightings"]) == ("ready", 20)
    assert "20 sightings (20 detections) would be given a deer" in document["summary"][0]
    assert everything() == begin


def test_no_threshold_can_be_asked_too(client, proposal):
    act(client, proposal, "apply")
    work("gpu")
    client.get(f"{LIST}what-if", {"threshold": "none"})
    work()
    document = client.get(f"{LIST}what-if", {"threshold": "none"}).json()
    assert document["counts"]["withdrawn_sightings"] == 20


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, THRESHOLD_NEEDED),
        ({"threshold": "1.1"}, NOT_A_THRESHOLD.format(text="1.1")),
        ({"threshold": "0.12345"}, NOT_A_THRESHOLD.format(text="0.12345")),
        ({"threshold": "0.7", "treshold": "0.8"}, UNKNOWN_PARAMETER),
    ],
)
def test_a_what_if_of_nothing_sensible_is_refused(client, stored, query, text):
    assert text in refusal(client.get(f"{LIST}what-if", query), 400)


def test_a_space_that_is_not_there_is_told(client, stored):
    answer = client.get(f"{LIST}what-if", {"threshold": "0.7", "space": "nowhere"})
    assert "nowhere" in refusal(answer, 409)


def test_what_is_recommended_is_proposed_once(client, proven):
    key = proven.pk
    again = post(client, "propose")
    assert (again.status_code, again.json()["id"]) == (200, str(key))
    Threshold.objects.all().delete()
    response = post(client, "propose")
    assert (response.status_code, response.json()["value"], response.json()["proof"]) == (
        201,
        0.406,
        "proven",
    )
    assert client.get(response["Location"]).json() == response.json()


def test_an_operators_own_value_is_proposed_as_unproven(client, stored):
    response = post(client, "propose", value=0.7)
    assert (response.status_code, response.json()["source"], response.json()["proof"]) == (
        201,
        "operator",
        "unproven",
    )


def test_nothing_is_proposed_where_nothing_is_recommended(client, stored):
    assert refusal(post(client, "propose"), 409).startswith("Nothing is proposed")
    assert not Threshold.objects.exists()


@pytest.mark.parametrize("body", [{"value": 0}, {"value": 1.1}, {"value": 0.12345}, {"valeu": 0.7}])
def test_a_proposal_of_nothing_sensible_is_refused(client, stored, body):
    problem = post(client, "propose", **body)
    refusal(problem, 400)
    if "valeu" in body:
        assert problem.json()["errors"][0]["message"] == UNKNOWN_FIELD
    assert not Threshold.objects.exists()


def test_approving_waits_for_a_look_at_the_proof(client, proven):
    asked = post(client, f"{proven.pk}/approve")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert asked.json()["message"] == acts.IS_LOOKED_AT.format(value="0.4060")
    assert not Threshold.objects.filter(is_active=True).exists()
    work()
    said = post(client, f"{proven.pk}/approve").json()
    assert said["message"] == acts.APPROVED.format(value="0.4060")
    assert (said["threshold"]["is_active"], said["threshold"]["approved_by"]) == (True, "local")
    again = post(client, f"{proven.pk}/approve")  # in force already: nothing to look at
    assert (again.status_code, again.json()["threshold"]["is_active"]) == (200, True)


@pytest.mark.parametrize("verb", ["approve", "apply"])
def test_many_who_decide_at_one_moment_get_an_answer_each(proven, verb):
    """A job that failed, or whose answer is out of date, is deleted by whoever asks: two may at once."""

    def ask(together: Barrier) -> int:
        try:
            together.wait()
            return int(post(Client(), f"{proven.pk}/{verb}").status_code)
        finally:
            connection.close()

    for _ in range(6):
        make.detection()  # what was answered before is out of date
        together = Barrier(8)
        with ThreadPoolExecutor(8) as crowd:
            assert set(crowd.map(ask, [together] * 8)) <= {200, 202, 409}
        work()
    assert Threshold.objects.filter(is_active=True).count() <= 1


def test_a_job_that_somebody_else_has_just_deleted_is_asked_for_again(proven, monkeypatch):
    queued_answers.fitness(proven)
    work()
    Detection.objects.filter(deer__name="bea").update(is_reference=False)
    queue = django_rq.get_queue(queued_answers.QUEUE)
    stale = queue.fetch_job(f"fitness-{proven.pk}")
    assert stale is not None
    stale.delete()
    monkeypatch.setattr(Queue, "fetch_job", lambda *_: stale)
    assert queued_answers.fitness(proven).state is queued_answers.State.WAITING


def test_what_holds_no_more_is_not_approved(client, proven):
    Detection.objects.filter(deer__name="bea").update(is_reference=False)
    problem = act(client, proven, "approve")
    assert refusal(problem, 409) == EXPIRED.format(value="0.4060", why=thresholds.REFERENCES)
    assert not Threshold.objects.filter(is_active=True).exists()


def test_applying_queues_a_run_and_undoing_takes_it_back(client, proposal):
    begin = everything()
    document = act(client, proposal, "apply").json()
    run = ReidRun.objects.get(kind="apply")
    assert document["message"] == acts.QUEUED.format(value="0.7000", run=run.pk)
    work("gpu")
    assert Detection.objects.filter(identity_source="auto").count() == 20
    undone = act(client, proposal, "undo").json()
    assert undone["message"] == acts.UNDONE.format(value="0.7000", detections=Number(20))
    assert not undone["threshold"]["is_active"]
    assert everything() == begin
    assert "is left to undo" in refusal(act(client, proposal, "undo"), 409)


def test_withdrawing_leaves_none_in_force(client, proposal):
    act(client, proposal, "approve")
    document = act(client, proposal, "withdraw").json()
    assert document["message"] == acts.WITHDRAWN.format(value="0.7000")
    assert not Threshold.objects.filter(is_active=True).exists()


def test_an_act_takes_no_field(client, proposal):
    problem = post(client, f"{proposal.pk}/approve", value=0.9)
    assert refusal(problem, 400) == NO_FIELD_TAKEN
    assert problem.json()["errors"][0]["field"] == "value"


def test_a_threshold_that_is_not_there_is_a_404(client, stored):
    refusal(post(client, "00000000-0000-4000-8000-000000000000/approve"), 404)


def test_who_may_look_may_not_decide(client, proposal, ranger):
    """As in the admin: each of the two rights on its own."""
    User.objects.filter(pk=ranger.pk).update(is_superuser=False)
    for codename in ("view_store", "manage_store"):
        ranger.user_permissions.add(Permission.objects.get(codename=codename))
    assert client.get(LIST).status_code == 200
    assert refusal(post(client, "propose", value=0.7), 403) == MAY_NOT_PROPOSE
    for verb in ("approve", "apply", "withdraw", "undo"):
        assert refusal(post(client, f"{proposal.pk}/{verb}"), 403) == MAY_NOT_DECIDE
    ranger.user_permissions.add(Permission.objects.get(codename="change_threshold"))
    assert act(client, proposal, "approve").status_code == 200
    assert refusal(post(client, "propose", value=0.7), 403) == MAY_NOT_PROPOSE


def test_an_override_is_named_beside_the_one_in_force(client, proposal, settings):
    settings.REID_THRESHOLD = 0.65
    said = act(client, proposal, "approve").json()
    note = thresholds.override_note()
    assert said["message"] == acts.APPROVED_UNDER.format(value="0.7000", override=note)
    assert said["threshold"]["overridden_by"] == 0.65
    assert "REID_THRESHOLD is set" in refusal(act(client, proposal, "apply"), 409)
    (row,) = client.get(LIST).json()["results"]
    assert (row["is_active"], row["value"], row["overridden_by"]) == (True, 0.7, 0.65)
    said = act(client, proposal, "withdraw").json()
    assert said["message"] == acts.WITHDRAWN_UNDER.format(value="0.7000", override=note)
    assert said["threshold"]["overridden_by"] is None
