"""Profiles over HTTP: a name looked up, facts and seasons edited, and a near name that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from reid.models import Deer, DeerSeason, Operation, Tag
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def post(client: Client, verb: str, **body: Any) -> Any:
    return client.post(f"/api/review/{verb}", body, content_type="application/json")


def test_a_name_is_looked_up(client: Client) -> None:
    hickory = make.deer("Hickory")
    one = {"deer": str(hickory.pk), "name": "Hickory", "found": "Hickory"}
    for name, same, near in (
        ("hickory", one, []),
        ("hickori", None, [one]),
        ("Juniper", None, []),
    ):
        answer = client.get("/api/deer-names", {"name": name}).json()
        assert answer == {"name": name, "same": same, "near": [one] if near else []}


@pytest.mark.parametrize("verb", ["new-deer", "name-group", "split"])
def test_a_near_name_is_a_409_that_names_the_deer_until_it_is_confirmed(
    client: Client, verb: str
) -> None:
    hickory = make.deer("Hickory")
    of = sighting(deer=make.deer("Oak"))
    body: dict[str, Any] = {
        "name": "hickori",
        "versions": {str(key): version for key, version in seen(of).items()},
    }
    body |= {"sighting": str(of.pk)} if verb == "new-deer" else {"sightings": [str(of.pk)]}
    answer = post(client, verb, **body)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("hickori is nearly the name of Hickory")
    (error,) = answer.json()["errors"]
    assert (error["code"], error["field"], error["name"], error["deer"]) == (
        *("near_name", "name", "Hickory"),
        str(hickory.pk),
    )
    assert post(client, verb, confirm_new=True, **body).status_code == 201
    assert Deer.objects.filter(name="hickori").exists()


def test_facts_are_edited_and_the_answer_can_be_undone(client: Client) -> None:
    oak = make.deer("Oak")
    body = {"deer": str(oak.pk), "before": {"sex": "unknown", "born_on": None}}
    changes = {"sex": "buck", "born_on": "2021-01-01", "tags": ["north"]}
    done = post(client, "edit-deer", **body, **changes)
    assert (done.status_code, done.json()["kind"]) == (201, "edit_deer")
    stale = post(client, "edit-deer", **body, sex="doe")
    assert stale.status_code == 409
    assert stale.json()["errors"][0]["after"] == "buck"
    undone = post(client, "undo", operation=done.json()["id"])
    assert undone.status_code == 201
    oak.refresh_from_db()
    assert (oak.sex, oak.born_on, oak.tags.count()) == ("unknown", None, 0)


def test_a_request_without_a_fact_is_refused(client: Client) -> None:
    answer = post(client, "edit-deer", deer=str(make.deer().pk), reason="none")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Give at least one fact to change."
    assert not Operation.objects.exists()


def test_a_season_is_noted(client: Client) -> None:
    oak = make.deer("Oak")
    done = post(client, "note-season", deer=str(oak.pk), year=2025, points=8, age_class="3.5")
    assert done.status_code == 201
    season = oak.seasons.get()
    assert (season.year, season.points, season.age_class) == (2025, 8, "3.5")


def test_a_deer_is_watched_and_no_longer(client: Client) -> None:
    oak = make.deer("Oak")
    for method, number in ((client.put, 1), (client.put, 1), (client.delete, 0)):
        assert method(f"/api/deer/{oak.pk}/watch").status_code == 204
        assert oak.watches.count() == number
    missing = client.put(f"/api/deer/{uuid4()}/watch")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no deer of this id.")


def test_the_list_has_tags_and_seasons_in_as_many_queries_for_many(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        deer = make.deer()
        deer.tags.set(Tag.objects.named([f"tag {number}", "all"]))
        DeerSeason.objects.create(deer=deer, year=2025, points=number, noted_by=reviewer())
    with django_assert_max_num_queries(9):
        rows = client.get("/api/deer?tag=all&ordering=name").json()["results"]
    assert len(rows) == 20
    season = {"year": 2025, "points": 0, "age_class": "", "noted_by": "alma"}
    assert season in [row["seasons"][0] for row in rows]
    assert client.get("/api/deer?tag=tag 3").json()["results"][0]["tags"] == ["all", "tag 3"]
