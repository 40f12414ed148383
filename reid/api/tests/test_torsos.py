"""Torsos over HTTP: in a detection's answer, as a filter, and as a picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from reid.api.pictures.crops import NO_TORSO, NOT_SHOWN
from reid.tests import make, torsos

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def test_a_detection_says_what_was_found_of_its_torso(client: Client) -> None:
    detection = make.detection()
    assert client.get(f"/api/detections/{detection.pk}").json()["torso"] is None
    torsos.torso(detection, reason="blurred", sharpness=0.01)
    found = client.get(f"/api/detections/{detection.pk}").json()["torso"]
    assert (found["is_aligned"], found["reason"], found["is_stale"]) == (False, "blurred", False)
    assert found["sharpness"] == 0.01
    assert [len(row) for row in found["to_crop"]] == [3, 3]


def test_one_by_another_head_is_stale(client: Client) -> None:
    detection = make.detection()
    torsos.torso(detection, head=torsos.a_head("an old one", is_active=False))
    assert client.get(f"/api/detections/{detection.pk}").json()["torso"]["is_stale"] is True


def test_detections_are_found_by_the_state_of_their_torso(client: Client) -> None:
    aligned, blurred = make.detection(), make.detection()
    make.detection()
    torsos.torso(aligned)
    torsos.torso(blurred, reason="blurred")

    def found(**query: str) -> list[str]:
        rows = client.get("/api/detections", query).json()["results"]
        return [row["id"] for row in rows]

    assert found(torso__is_aligned="true") == [str(aligned.pk)]
    assert found(torso__reason="blurred") == [str(blurred.pk)]
    assert client.get("/api/detections", {"torso__reason": "shy"}).status_code == 400


def test_a_list_takes_no_query_for_each_torso(
    client: Client, django_assert_max_num_queries
) -> None:
    for _ in range(5):
        torsos.torso(make.detection())
    with django_assert_max_num_queries(6):
        rows = client.get("/api/detections").json()["results"]
    assert all(row["torso"]["is_aligned"] for row in rows)


@pytest.mark.parametrize("reason", ["", "several"])
def test_the_picture_is_the_upright_crop_above_its_mask(client: Client, reason: str) -> None:
    detection = make.detection()
    torsos.torso(detection, reason)
    answer = client.get(f"/api/detections/{detection.pk}/torso")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    picture = Image.open(io.BytesIO(answer.getvalue()))
    assert picture.size == (432, 576)
    assert picture.getpixel((216, 432)) == (255, 255, 255)


def test_where_there_is_none_a_sentence_says_what_makes_it(client: Client) -> None:
    answer = client.get(f"/api/detections/{make.detection().pk}/torso")
    assert (answer.status_code, answer.json()["detail"]) == (404, NO_TORSO)


def test_nobody_s_face_is_shown(client: Client) -> None:
    detection = make.detection(corrected_classification="person")
    torsos.torso(detection)
    answer = client.get(f"/api/detections/{detection.pk}/torso")
    assert (answer.status_code, answer.json()["detail"]) == (404, NOT_SHOWN)
