"""The audit of a survey over HTTP: nothing tells whose an item is, and each refusal says what to do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.test import Client

from analysis.api.survey_audits.serializers import (
    NO_PROFILE_WANTED,
    PROFILE_NEEDED,
    SurveyAuditDocument,
    SurveyAuditNext,
)
from analysis.surveys.audit.tests.ranches import Ranch, small_ranch
from reid.models import SurveyAuditItem

if TYPE_CHECKING:
    from reid.models import Survey

ABSENT = "00000000-0000-4000-8000-000000000000"


class Audit:
    """The endpoints of one survey's audit."""

    def __init__(self, client: Client, survey: Survey) -> None:
        self.client, self.address = client, f"/api/surveys/{survey.pk}/audit"

    def get(self, verb: str = "", **query: Any) -> Any:
        return self.client.get(self.address + verb, query)

    def post(self, verb: str, **body: Any) -> Any:
        return self.client.post(self.address + verb, body, content_type="application/json")

    def shown(self) -> Any:
        return self.get("/next").json()["item"]

    def answer(self, item: Any, **fields: Any) -> Any:
        return self.post("/answer", item=item["item"], version=item["version"], **fields)


@pytest.fixture
def stored() -> tuple[Ranch, Survey]:
    return small_ranch()


@pytest.fixture
def audit(client: Client, stored: tuple[Ranch, Survey]) -> Audit:
    return Audit(client, stored[1])


@pytest.mark.django_db
def test_an_audit_from_its_opening_to_its_rates(audit: Audit) -> None:
    before = audit.get().json()
    assert set(before) == set(SurveyAuditDocument().fields)
    assert before["audit"] is None
    assert (before["captures"], before["profiles"]) == ({"once": 1, "often": 5}, 3)
    assert before["effort"][0] == {"width": 0.2, "once": 1, "often": 5, "more": 6}
    created = audit.post("/open")
    assert created.status_code == 201, created.content
    assert created.json()["missing"] == {"once": 1, "often": 5}
    while True:
        document = audit.get("/next").json()
        assert set(document) == set(SurveyAuditNext().fields)
        if document["item"] is None:
            break
        row = SurveyAuditItem.objects.get(pk=document["item"]["item"])
        name = "Ada" if row.profile == "Cid" else row.profile
        assert audit.answer(document["item"], answer="profile", profile=name).status_code == 201
    assert document["is_enough"] is True
    assert document["disagreements"] == []  # its judges are blind until it is closed
    closed = audit.post("/close").json()
    assert closed["audit"]["status"] == "closed"
    [found] = closed["disagreements"]
    assert (found["profile"], found["other"], found["camera"]) == ("Cid", "Ada", "Oak")
    assert found["detection"]["id"] != found["chosen"]["id"]
    assert found["named"] is None  # Cid was seen once: there is no other photograph
    assert found["sighting"]
    rates = audit.get().json()["rates"]
    assert rates["ghosts"] == pytest.approx(dict.fromkeys(("rate", "low", "high", "worst"), 1 / 3))
    assert rates["judged"] == 6


@pytest.mark.django_db
def test_nothing_that_is_sent_says_whose_an_item_is(audit: Audit) -> None:
    audit.post("/open")
    for _ in range(6):
        item = audit.shown()
        assert set(item) == {"item", "version", "camera", "detections", "profiles"}
        assert all(set(one) == {"name", "sex", "pictures"} for one in item["profiles"])
        audit.answer(item, answer="cannot_tell")


@pytest.mark.django_db
def test_what_makes_no_sense_is_refused_in_a_sentence(audit: Audit) -> None:
    for verb in ("/answer", "/undo", "/close", "/abandon"):
        body = {"item": 1, "version": "x", "answer": "none"} if verb == "/answer" else {}
        refused = audit.post(verb, **body)
        assert (refused.status_code, "open one first" in refused.json()["detail"]) == (404, True)
    assert audit.get("/next").status_code == 404
    audit.post("/open")
    assert audit.post("/open").status_code == 409
    item = audit.shown()
    assert PROFILE_NEEDED in audit.answer(item, answer="profile").json()["errors"][0]["message"]
    named = audit.answer(item, answer="none", profile="Ada").json()
    assert NO_PROFILE_WANTED in named["errors"][0]["message"]
    assert audit.answer(item, answer="profile", profile="Oak").status_code == 400
    assert audit.answer(item | {"item": 999_999}, answer="none").status_code == 404
    assert audit.get("/profiles").status_code == 400
    assert audit.get("/next", item=999_999).status_code == 404
    assert audit.post("/undo").status_code == 409
    refused = audit.post("/close")
    assert (refused.status_code, "Too few answers" in refused.json()["detail"]) == (409, True)
    absent = audit.client.get(f"/api/surveys/{ABSENT}/audit")
    assert absent.status_code == 404


@pytest.mark.django_db
def test_all_profiles_are_looked_through_and_the_last_answer_is_taken_back(audit: Audit) -> None:
    audit.post("/open")
    item = audit.shown()
    page = audit.get("/profiles", item=item["item"], search="be").json()
    assert [one["name"] for one in page["profiles"]] == ["Bea"]
    audit.answer(item, answer="none")
    assert audit.post("/undo").json() == {"item": item["item"]}
    assert audit.get("/next", item=item["item"]).json()["item"] == item
    assert audit.post("/abandon").json()["audit"] is None


@pytest.mark.django_db(transaction=True)
def test_judges_at_one_moment_are_answered_or_told_who_was_faster(
    client: Client, stored: tuple[Ranch, Survey]
) -> None:
    """Four open an audit at once, then four answer one item: one of each does, and nobody meets an error."""

    def at_once(work: Any) -> list[int]:
        def one(_number: int) -> int:
            try:
                return int(work(Audit(Client(), stored[1])).status_code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            return sorted(pool.map(one, range(4)))

    assert at_once(lambda audit: audit.post("/open")) == [201, 409, 409, 409]
    item = Audit(client, stored[1]).shown()
    assert at_once(lambda audit: audit.answer(item, answer="none")) == [201, 409, 409, 409]
    assert SurveyAuditItem.objects.exclude(verdict="").count() == 1
    ended = at_once(lambda audit: audit.post("/undo"))
    assert ended == [200, 409, 409, 409]
