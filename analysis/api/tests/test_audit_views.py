"""The audit over HTTP: blind, one answer an item, and judges that are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analysis.api.audit_documents import AuditDocument, StatusDocument
from analysis.api.audit_serializers import DEER_NEEDED, NO_DEER_WANTED
from analysis.audit.answers import JUDGED_MEANWHILE, UNKNOWN_ITEM
from analysis.audit.lineup import NOT_AMONG_THEM, lineup
from analysis.audit.plans import NO_PLAN, OPEN_ALREADY
from analysis.audit.planted_pairs import EVERY_AT_FIRST, LIMIT
from analysis.recommendation.assess import NOT_YET
from analysis.tests.herds import Herd, herd
from reid.api.query import UNKNOWN_FIELD
from reid.models import AuditItem, AuditPlan, Deer, Detection
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def stored() -> Herd:
    return herd()


def ask(client: Client, verb: str, **query: Any) -> Any:
    return client.get(f"/api/audits/{verb}", query)


def post(client: Client, verb: str, **body: Any) -> Any:
    return client.post(f"/api/audits/{verb}", body, content_type="application/json")


def planned(client: Client, alpha: float = 0.1) -> Any:
    answer = post(client, "plan", alpha_fdp=alpha)
    assert answer.status_code == 201, answer.content
    return answer


def shown(client: Client) -> Any:
    answer = ask(client, "next")
    assert answer.status_code == 200, answer.content
    return answer.json()["item"]


def answer_with(client: Client, item: Any, **fields: Any) -> Any:
    return post(client, "record", item=item["item"], version=item["version"], **fields)


def of(item: Any) -> AuditItem:
    return AuditItem.objects.get(pk=item["item"])


def truly(client: Client, item: Any) -> Any:
    """Answer as one who knows: all unreviewed sightings of the herd are ada's, planted pairs nobody's."""
    row = of(item)
    if row.is_planted:
        return answer_with(client, item, answer="none")
    return answer_with(client, item, answer="deer", deer=str(row.deer_id))


def test_an_audit_from_the_plan_to_the_proof(client: Client, stored: Herd) -> None:
    created = planned(client)
    assert created["Location"] == "/api/audits/status"
    assert set(created.json()) == set(AuditDocument().fields)
    left, answers = [], 0
    while True:
        document = ask(client, "next").json()
        if document["item"] is None:
            break
        left.append(document["more"])
        assert truly(client, document["item"]).status_code == 201
        answers += 1
    status = ask(client, "status").json()
    assert set(status) == set(StatusDocument().fields)
    assert (status["status"], status["verdict"]) == ("passed", "RECOMMEND")
    assert all(item["fdp_upper"] <= 0.1 for item in status["candidates"])
    planted = status["planted"]
    assert planted["shown"] >= 3
    assert (planted["missed"], planted["limit"], planted["is_trusted"]) == (0, LIMIT, True)
    assert answers == status["audited"] + planted["shown"]
    # 36 right answers prove 10 %, fewer where so many are left that few can be wrong.
    assert 20 <= left[0] <= 36


def test_nothing_that_is_shown_tells_the_claim(client: Client, stored: Herd) -> None:
    planned(client)
    item = shown(client)
    assert set(item) == {"item", "version", "sighting", "camera", "detections", "deer"}
    assert {deer["name"] for deer in item["deer"]} == {"ada", "bea"}
    text = ask(client, "next").content.decode()
    assert "score" not in text
    assert "similarity" not in text
    assert f"{of(item).score / 10_000:.4f}" not in text


def test_the_claimed_deer_stands_anywhere(client: Client, stored: Herd) -> None:
    planned(client)
    plan = AuditPlan.objects.get()
    items = plan.items.filter(is_planted=False).select_related("sighting", "deer")[:20]
    places = {
        [suspect.deer for suspect in lineup(plan, item).suspects].index(stored.ada)
        for item in items
    }
    assert places == {0, 1}


def test_asking_again_shows_the_same(client: Client, stored: Herd) -> None:
    planned(client)
    assert ask(client, "next").json() == ask(client, "next").json()


def test_another_deer_or_none_is_wrong_and_the_claimed_one_is_right(
    client: Client, stored: Herd
) -> None:
    planned(client, 0.02)
    for fields, outcome in (
        ({"answer": "deer", "deer": str(stored.bea.pk)}, "wrong"),
        ({"answer": "none"}, "wrong"),
        ({"answer": "cannot_tell"}, "cannot_tell"),
        ({"answer": "deer", "deer": str(stored.ada.pk)}, "right"),
    ):
        item = shown(client)
        while of(item).is_planted:
            truly(client, item)
            item = shown(client)
        assert answer_with(client, item, **fields).status_code == 201
        assert of(item).outcome == outcome


def test_a_planted_pair_never_shows_its_own_deer(client: Client, stored: Herd) -> None:
    """Bea's own sighting is planted with ada: a judge who looks for bea finds none."""
    own = stored.photograph([stored.bea])
    stored.log(own, [(5900, 9000)])
    planned(client)
    AuditItem.objects.filter(is_planted=True).exclude(sighting=own[0].sighting_id).delete()
    item = shown(client)
    while not of(item).is_planted:
        truly(client, item)
        item = shown(client)
    assert [deer["name"] for deer in item["deer"]] == ["ada"]


def test_a_pair_that_a_review_made_right_is_not_planted(client: Client, stored: Herd) -> None:
    planned(client)
    for item in AuditItem.objects.filter(is_planted=True):
        Detection.objects.filter(sighting=item.sighting_id).update(deer=item.deer_id)
    for _ in range(EVERY_AT_FIRST):
        item = shown(client)
        assert not of(item).is_planted
        truly(client, item)


def test_a_second_reviewer_is_told_who_was_faster(client: Client, stored: Herd) -> None:
    planned(client)
    item = shown(client)
    answer_with(client, item, answer="none")
    late = answer_with(client, item, answer="deer", deer=str(stored.ada.pk))
    assert late.status_code == 409
    assert late["Content-Type"] == "application/problem+json"
    problem = late.json()
    assert problem["detail"] == JUDGED_MEANWHILE.format(who="local", item=item["item"])
    assert (problem["errors"][0]["code"], problem["errors"][0]["by"]) == ("stale", "local")
    assert (of(item).outcome, of(item).second_look) == ("wrong", "")


def test_a_second_look_is_shown_anew(client: Client, stored: Herd) -> None:
    planned(client, 0.02)
    first = shown(client)
    while of(first).is_planted:
        truly(client, first)
        first = shown(client)
    answer_with(client, first, answer="none")
    again = shown(client)
    while again["item"] != first["item"]:
        truly(client, again)
        again = shown(client)
    assert again["version"] != first["version"]
    assert set(again) == set(first)
    truly(client, again)
    assert of(first).second_look == "right"


def test_a_judge_who_waves_everything_through_proves_nothing(client: Client, stored: Herd) -> None:
    planned(client)
    while (item := shown(client)) is not None:
        answer_with(client, item, answer="deer", deer=str(of(item).deer_id))
    assert AuditPlan.objects.get().status == AuditPlan.Status.SPOILED
    status = ask(client, "status").json()
    assert (status["verdict"], status["planted"]["is_trusted"]) == ("AUDIT_NEEDED", False)
    assert "2 of 2 wrong pairs that were planted among them were called right" in status["reason"]
    assert planned(client).json()["status"] == "open"  # the question may be asked of another judge


def test_an_answer_names_one_of_those_that_were_shown(client: Client, stored: Herd) -> None:
    planned(client)
    item = shown(client)
    stranger = Deer.objects.exclude(pk__in=[stored.ada.pk, stored.bea.pk]).first()
    assert stranger is not None
    for fields, field, text in (
        ({"answer": "deer", "deer": str(stranger.pk)}, "deer", NOT_AMONG_THEM),
        ({"answer": "deer", "deer": ABSENT}, "deer", NOT_AMONG_THEM),
        ({"answer": "deer"}, "deer", DEER_NEEDED),
        ({"answer": "none", "deer": str(stored.ada.pk)}, "deer", NO_DEER_WANTED),
        ({"answer": "none", "outcome": "right"}, "outcome", UNKNOWN_FIELD),
    ):
        refused = answer_with(client, item, **fields)
        assert refused.status_code == 400
        assert (refused.json()["detail"], refused.json()["errors"][0]["field"]) == (text, field)
    assert of(item).outcome == ""


def test_an_unknown_item_is_not_found(client: Client, stored: Herd) -> None:
    planned(client)
    last = AuditItem.objects.order_by("pk").last()
    assert last is not None
    absent = last.pk + 1
    answer = post(client, "record", item=absent, version="x", answer="none")
    assert answer.status_code == 404
    assert answer.json()["detail"] == UNKNOWN_ITEM.format(item=absent)


def test_before_a_plan_there_is_nothing(client: Client, stored: Herd) -> None:
    none = ask(client, "next")
    assert (none.status_code, none.json()["plan"], none.json()["item"]) == (200, None, None)
    for answer in (
        ask(client, "status"),
        post(client, "record", item=1, version="x", answer="none"),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"] == NO_PLAN


def test_what_cannot_be_asked_is_a_conflict(client: Client, stored: Herd) -> None:
    plan = planned(client).json()["plan"]
    again = post(client, "plan", alpha_fdp=0.1)
    assert (again.status_code, again.json()["detail"]) == (409, OPEN_ALREADY.format(plan=plan))
    assert post(client, "plan", alpha_fdp=0.3).status_code == 400


def test_without_evidence_the_plan_says_what_is_missing(client: Client) -> None:
    make.scorer()
    answer = post(client, "plan")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(NOT_YET.format(reason="0 labelled sightings"))


def test_a_changed_gallery_ends_the_plan_while_it_is_judged(client: Client, stored: Herd) -> None:
    planned(client)
    item = shown(client)
    more = stored.photograph([stored.bea])[0]
    Detection.objects.filter(pk=more.pk).update(is_reference=True)
    late = answer_with(client, item, answer="none")
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "expired")
    assert AuditPlan.objects.get().status == AuditPlan.Status.EXPIRED


def test_the_next_item_takes_the_same_queries_for_any_population(
    client: Client, stored: Herd, django_assert_max_num_queries: Any
) -> None:
    planned(client)
    with django_assert_max_num_queries(40):
        ask(client, "next")
