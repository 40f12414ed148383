"""Groups offered over HTTP, and one of them reviewed as a new deer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid import reviewing
from reid.api import new_deer
from reid.models import Deer, Operation, Sighting
from reid.reviewing import ReviewRefused, StaleReview, conflicts
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, seen, sighting, state

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def scorer() -> Any:
    return make.scorer(2)


def near(scorer: Any, *vector: float, frames: int = 1, **fields: Any) -> Sighting:
    of = sighting(frames, **{"classification": "unknown_deer"} | fields)
    for detection in of.detections.all():
        make.embedding(detection, scorer, *vector)
    return of


def groups(client: Client, **params: Any) -> Any:
    answer = client.get("/api/review/groups", params)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def name(*of: Sighting, called: str = "Juniper", **more: Any) -> Operation:
    return reviewing.name_group(
        sightings=[one.pk for one in of], name=called, versions=seen(*of), actor=reviewer(), **more
    )


def test_a_group_shows_all_that_naming_it_needs(client: Client, scorer: Any) -> None:
    pair = [near(scorer, 1, 0, frames=2), near(scorer, 1, 0)]
    near(scorer, 0, 1)
    body = groups(client)
    assert (body["total"], body["threshold"], body["space"]) == (1, None, str(scorer.space))
    assert body["scorer"] == {"id": str(scorer.pk), "kind": "embedding", "name": scorer.name}
    (group,) = body["groups"]
    assert group["lowest"] == pytest.approx(1)
    sightings = {one["sighting"]: one for one in group["sightings"]}
    assert sightings.keys() == {str(one.pk) for one in pair}
    assert len(sightings[str(pair[0].pk)]["detections"]) == 2
    versions = {
        item["id"]: item["version"] for one in group["sightings"] for item in one["detections"]
    }
    answer = client.post(
        "/api/review/name-group",
        {"sightings": list(sightings), "name": "Juniper", "versions": versions},
        content_type="application/json",
    )
    assert answer.status_code == 201, answer.content
    assert {row[:2] for one in pair for row in state(one)} == {("Juniper", "reviewed")}
    assert groups(client)["groups"] == []


def test_near_is_what_the_approved_threshold_says(client: Client, scorer: Any) -> None:
    for vector in ((1, 0), (0.8, 0.6), (0, 1)):
        near(scorer, *vector)
    assert groups(client)["total"] == 1
    make.threshold(scorer, "0.9")
    body = groups(client)
    assert (body["total"], body["threshold"], body["similarity"]) == (0, 0.9, 0.9)


def test_the_largest_come_first_and_no_more_than_asked_for(client: Client, scorer: Any) -> None:
    for vector, count in (((1, 0), 2), ((0, 1), 3)):
        for _ in range(count):
            near(scorer, *vector)
    make.threshold(scorer, "0.9")
    body = groups(client, count=1)
    assert [len(group["sightings"]) for group in body["groups"]] == [3]
    assert body["total"] == 2
    for wrong in ("0", str(new_deer.GROUPS_AT_MOST + 1), "x"):
        assert client.get("/api/review/groups", {"count": wrong}).status_code == 400


def test_without_a_space_nothing_is_offered(client: Client) -> None:
    sighting()
    assert groups(client) == {
        "groups": [], "total": 0, "similarity": None, "threshold": None, "space": None, "scorer": None,
    }  # fmt: skip


def test_its_queries_do_not_grow_with_the_groups(scorer: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            new_deer.offered(10)
        return len(captured)

    for _ in range(2):
        near(scorer, 1, 0)
    first = queries()
    for _ in range(4):
        near(scorer, 0, 1)
    assert queries() == first


def test_a_group_is_named_in_one_operation_that_is_undone_as_a_whole(scorer: Any) -> None:
    several = [near(scorer, 1, 0, frames=2, classification="doe") for _ in range(3)]
    before = everything()
    done = name(*several)
    deer = Deer.objects.get()
    assert (done.kind, deer.name, deer.sex) == ("new_deer", "Juniper", "doe")
    assert {row[:2] for one in several for row in state(one)} == {("Juniper", "reviewed")}
    assert deer.detections.filter(is_reference=True).count() == 3
    reviewing.undo(operation=done.pk, actor=reviewer())
    assert [row for row in everything() if row[0] != deer.pk] == before


def test_two_on_one_photograph_are_not_one_deer() -> None:
    frame = make.image()
    both = [sighting(image=frame, x=x) for x in (0, 200)]
    with pytest.raises(ReviewRefused) as error:
        name(*both)
    assert str(error.value) == conflicts.TWO_ON_ONE
    assert not Deer.objects.exists()


def test_a_buck_and_a_doe_are_not_one_deer() -> None:
    with pytest.raises(ReviewRefused) as error:
        name(sighting(classification="buck"), sighting(classification="doe"))
    assert str(error.value) == conflicts.TWO_SEXES.format(one="buck", other="doe")
    assert not Operation.objects.exists()


def test_what_was_named_meanwhile_is_told() -> None:
    several = [sighting() for _ in range(2)]
    versions = seen(*several)
    reviewing.assign(
        sighting=several[0].pk, deer=make.deer().pk, versions=seen(several[0]), actor=reviewer()
    )
    with pytest.raises(StaleReview):
        reviewing.name_group(
            sightings=[one.pk for one in several],
            name="Juniper",
            versions=versions,
            actor=reviewer(),
        )
