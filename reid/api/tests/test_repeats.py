"""Repeats over HTTP: listed by camera, one, and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from reid.models import Detection
from reid.repeats import places
from reid.tests import make
from reid.tests.stumps import stump

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def answer(client: Client, key: Any, **body: str) -> Any:
    return client.post(f"/api/repeats/{key}/answer", body, content_type="application/json")


def test_they_are_listed_and_one_is_got(client: Client) -> None:
    ridge, creek = make.camera("Ridge"), make.camera("Creek")
    stump(ridge), stump(creek, 12)
    places.look()
    assert len(client.get("/api/repeats").json()["results"]) == 2
    (row,) = client.get("/api/repeats", {"camera": str(creek.pk)}).json()["results"]
    assert (row["frames"], row["answer"], row["removal"]) == (12, "open", None)
    assert row["box"] == [0.3125, 0.5, 0.5, 0.725]
    assert len(row["examples"]) == places.EXAMPLES
    assert client.get(f"/api/repeats/{row['id']}").json() == row


def test_an_answer_is_given_and_taken_back(client: Client) -> None:
    stump(make.camera())
    (row,) = places.look()
    removed = answer(client, row.pk, answer="remove")
    assert (removed.status_code, removed.json()["answer"]) == (200, "removed")
    assert client.get(f"/api/operations/{removed.json()['removal']}").json()["kind"] == "invalidate"
    assert not Detection.objects.valid().exists()
    again = answer(client, row.pk, answer="keep")
    assert (again.status_code, again.json()["detail"][:30]) == (
        409,
        "This place was answered already"[:30],
    )
    assert answer(client, row.pk, answer="take-back").json()["answer"] == "open"
    kept = answer(client, row.pk, answer="keep").json()
    assert (kept["answer"], kept["kept_by"]) == ("kept", "local")
    assert Detection.objects.valid().count() == 10


@pytest.mark.parametrize("body", [{}, {"answer": "maybe"}, {"answer": "keep", "why": "so"}])
def test_a_body_that_makes_no_sense_is_refused(client: Client, body: dict[str, str]) -> None:
    stump(make.camera())
    (row,) = places.look()
    assert answer(client, row.pk, **body).status_code == 400
    assert answer(client, uuid4(), answer="keep").status_code == 400
