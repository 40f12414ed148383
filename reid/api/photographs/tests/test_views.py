"""Acts on photographs over HTTP: done as reviews are, and refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.models import Detection, Image
from reid.tests import make
from reid.tests.reviewing import seen, sighting, state

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

BOX = {"x": 20, "y": 30, "width": 120, "height": 90}


def post(client: Client, verb: str, **body: Any) -> Any:
    return client.post(f"/api/review/{verb}", body, content_type="application/json")


def test_a_box_is_drawn_moved_deleted_and_all_of_it_undone(client: Client) -> None:
    image = make.image()
    drawn = post(client, "draw-box", image=str(image.pk), box=BOX, classification="buck")
    assert drawn.status_code == 201, drawn.content
    item = Detection.objects.get()
    key = str(item.pk)
    moved = post(
        client, "move-box", detection=key, box=BOX | {"x": 60}, versions={key: item.version}
    )
    assert moved.status_code == 201, moved.content
    item.refresh_from_db()
    deleted = post(client, "delete-boxes", versions={key: item.version})
    assert deleted.status_code == 201, deleted.content
    assert not Detection.objects.exists()
    for answer in (deleted, moved, drawn):
        undone = post(client, "undo", operation=answer.json()["id"])
        assert undone.status_code == 201, undone.content
    assert Detection.everything.get().hidden_at is not None


def test_a_photograph_is_annotated_and_listed_with_what_was_said_of_it(client: Client) -> None:
    image = make.image()
    answer = post(
        client,
        "annotate",
        versions={str(image.pk): 0},
        note="by the creek",
        is_favourite=True,
        add_tags=["to print"],
    )
    assert answer.status_code == 201, answer.content
    (row,) = client.get("/api/images").json()["results"]
    assert (row["note"], row["is_favourite"], row["tags"], row["version"]) == (
        "by the creek",
        True,
        ["to print"],
        1,
    )
    events = client.get(f"/api/operations/{answer.json()['id']}/events").json()["results"]
    assert {event["field"]: event["image"] for event in events} == {
        name: str(image.pk) for name in ("note", "is_favourite", "tags")
    }


def test_several_sightings_are_given_one_deer(client: Client) -> None:
    one, other, oak = sighting(), sighting(), make.deer("Oak")
    versions = {str(key): version for key, version in seen(one, other).items()}
    answer = post(
        client,
        "assign-group",
        sightings=[str(one.pk), str(other.pk)],
        deer=str(oak.pk),
        versions=versions,
    )
    assert answer.status_code == 201, answer.content
    assert state(one)[0][0] == state(other)[0][0] == "Oak"


@pytest.mark.parametrize(
    ("box", "status"),
    [(BOX | {"x": 4_000}, 400), (BOX | {"width": 2}, 400), (BOX | {"depth": 1}, 400)],
)
def test_a_box_that_cannot_be_is_refused(client: Client, box: dict[str, int], status: int) -> None:
    image = make.image()
    answer = post(client, "draw-box", image=str(image.pk), box=box, classification="doe")
    assert answer.status_code == status
    assert not Detection.everything.exists()


def test_who_saw_an_older_box_is_told(client: Client) -> None:
    item = make.detection()
    answer = post(client, "move-box", detection=str(item.pk), box=BOX, versions={str(item.pk): 9})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "stale")


def test_the_photographs_of_a_list_cost_no_query_each(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make.image()
    with django_assert_max_num_queries(8):
        assert len(client.get("/api/images").json()["results"]) == Image.objects.count()


def test_photographs_get_another_camera_and_it_is_undone(client: Client) -> None:
    image, creek = make.image(), make.camera("Creek")
    answer = post(client, "set-camera", versions={str(image.pk): 0}, camera=str(creek.pk))
    assert answer.status_code == 201, answer.content
    (row,) = client.get("/api/images").json()["results"]
    assert row["camera"] == str(creek.pk)
    assert post(client, "undo", operation=answer.json()["id"]).status_code == 201
    image.refresh_from_db()
    assert image.camera is None


def test_a_camera_that_is_not_there_is_refused(client: Client) -> None:
    image = make.image()
    answer = post(client, "set-camera", versions={str(image.pk): 0}, camera=str(image.pk))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "camera")
