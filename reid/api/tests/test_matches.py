"""Matched points over HTTP; what they are is tested beside `reid.scoring.explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from reid.api.pictures import matches
from reid.api.pictures.crops import NOT_SHOWN
from reid.patterns.keypoints import NoKeypoints
from reid.scoring.explain import NO_PATTERNS, Explanation, MatchedPoint
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_places_come_with_both_pictures(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    of, ada, reference = make.detection(), make.deer("Ada"), uuid4()
    found = Explanation(
        "1 place agrees.",
        reference,
        (512, 300),
        (400, 200),
        [MatchedPoint(0.1, 0.2, 0.3, 0.4, 0.9)],
    )
    monkeypatch.setattr(matches, "explain", lambda *_: found)
    answer = client.get(f"/api/detections/{of.pk}/matches/{ada.pk}")
    assert answer.status_code == 200
    assert answer.json() == {
        "says": "1 place agrees.",
        "crop": f"/api/detections/{of.pk}/crop",
        "size": [512, 300],
        "reference": str(reference),
        "reference_crop": f"/api/detections/{reference}/crop",
        "reference_size": [400, 200],
        "points": [
            {"x": 0.1, "y": 0.2, "reference_x": 0.3, "reference_y": 0.4, "weight": 0.9},
        ],
    }


def test_where_there_is_nothing_it_says_why(client: Client) -> None:
    of, ada = make.detection(), make.deer("Ada")
    answer = client.get(f"/api/detections/{of.pk}/matches/{ada.pk}").json()
    assert (answer["says"], answer["points"], answer["reference_crop"]) == (NO_PATTERNS, [], None)


def test_nobodys_face_and_no_unknown_deer(client: Client) -> None:
    person, ada = make.detection(classification="person"), make.deer("Ada")
    answer = client.get(f"/api/detections/{person.pk}/matches/{ada.pk}")
    assert (answer.status_code, answer.json()["detail"]) == (404, NOT_SHOWN)
    answer = client.get(f"/api/detections/{make.detection().pk}/matches/{uuid4()}")
    assert (answer.status_code, answer.json()["detail"]) == (404, matches.NO_DEER)


def test_a_lost_background_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise NoKeypoints("The file is missing.")

    monkeypatch.setattr(matches, "explain", lost)
    of, ada = make.detection(), make.deer("Ada")
    answer = client.get(f"/api/detections/{of.pk}/matches/{ada.pk}")
    assert (answer.status_code, answer.json()["detail"]) == (409, "The file is missing.")
