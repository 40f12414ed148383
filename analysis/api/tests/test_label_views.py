"""Doubtful labels over HTTP: what is asked, and that the answers of the review settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analysis.tests.dirty_stores import dirty_store, log
from reid.models import Detection, Operation

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def get(client: Client, query: str = "") -> Any:
    answer = client.get(f"/api/review/labels{query}")
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def post(client: Client, verb: str, **body: Any) -> None:
    answer = client.post(f"/api/review/{verb}", body, content_type="application/json")
    assert answer.status_code == 201, answer.content


def test_without_a_scorer_nothing_is_asked(client: Client) -> None:
    page = get(client)
    assert (page["twins"], page["labels"], page["scorer"]) == ([], [], None)


def test_each_question_has_what_its_answers_need(client: Client) -> None:
    store = dirty_store()
    page = get(client)
    (twins,), (label,) = page["twins"], page["labels"]
    assert (page["all_twins"], page["all_labels"], page["scorer"]["name"]) == (1, 1, "dirty")
    shown = Detection.objects.get(sighting=store.wrong)
    assert label["detections"][0]["id"] == str(shown.pk)
    assert label["detections"][0]["crop"] == f"/api/detections/{shown.pk}/crop"
    assert label["alike"]["crop"].endswith("/crop")
    versions = {item["id"]: item["version"] for item in label["detections"]}
    post(client, "assign", sighting=label["sighting"], deer=label["other"]["id"], versions=versions)
    post(client, "merge", deer=twins["deer"]["id"], into=twins["into"]["id"])
    log(store.scorer)
    page = get(client)
    assert (page["all_twins"], page["all_labels"]) == (0, 0)
    assert list(Operation.objects.order_by("created_at").values_list("kind", flat=True)) == [
        "assign",
        "merge",
    ]


def test_the_number_of_questions_is_checked(client: Client) -> None:
    assert client.get("/api/review/labels?count=0").status_code == 400
    assert client.get("/api/review/labels?number=5").status_code == 400
