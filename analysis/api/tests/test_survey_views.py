"""Surveys over HTTP: made, estimated by a worker, read and deleted."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import django_rq
import numpy as np
import pytest
from django.contrib.auth.models import User
from rq import SimpleWorker

from analysis.surveys import services
from analysis.thresholds.queued_answers import QUEUE
from conftest import wait_until
from reid.api.query import UNKNOWN_FIELD
from reid.models import Camera, Deployment, Survey
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/surveys"
BODY = {"name": "autumn", "start": "2025-10-01", "end": "2025-10-12", "occasion_days": 4}


@pytest.fixture
def manager(redis_client: object) -> User:
    user, _ = User.objects.update_or_create(username="local", defaults={"is_superuser": True})
    return user


@pytest.fixture
def ranch(manager: User) -> None:
    """8 does at 2 cameras for 12 days; each is seen at each on a day with 0.1."""
    generator = np.random.default_rng(1)
    cameras = [make.camera(name, latitude=30, longitude=-98) for name in ("oak", "elm")]
    for camera in cameras:
        Deployment.objects.create(
            camera=camera, started_on=date(2025, 10, 1), ended_on=date(2025, 10, 12)
        )
    for number in range(8):
        deer = make.deer(f"deer {number}")
        for place, day in np.argwhere(generator.random((2, 12)) < 0.1):
            at = datetime(2025, 10, 1, 17, tzinfo=UTC) + timedelta(days=int(day))
            make.detection(image=make.image(camera=cameras[place], captured_at=at), deer=deer)


def made(client: Client, **fields: Any) -> Any:
    return client.post(LIST, BODY | fields, content_type="application/json")


def test_a_survey_is_made_estimated_by_a_worker_read_and_deleted(
    client: Client, ranch: None, start_process: Callable[..., object]
) -> None:
    answer = made(client, habitat_km2=8.0)
    assert answer.status_code == 201, answer.content
    url = answer["Location"]
    assert answer.json()["state"] == "none"
    assert answer.json()["result"] is None
    start_process("rqworker", QUEUE)
    asked = client.post(f"{url}/estimate")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")

    def ended() -> bool:
        return bool(client.get(url).json()["state"] != "waiting")

    wait_until(ended, 120, "an estimate")
    survey = client.get(url).json()
    assert (survey["state"], survey["problem"]) == ("ready", "")
    assert survey["result"]["survey"] == {"id": survey["id"], "name": "autumn"}
    assert survey["result"]["refused"].startswith("No number of deer")
    (row,) = client.get(LIST).json()["results"]
    assert row["name"] == "autumn"
    assert "result" not in row
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert not Survey.objects.exists()


def test_a_failure_of_the_estimate_is_said_and_may_be_asked_for_again(
    client: Client, ranch: None
) -> None:
    url = made(client).json()["id"]
    Survey.objects.update(frozen_sha256="0" * 64)
    queue = django_rq.get_queue(QUEUE)
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    for _ in range(2):
        assert client.post(f"{LIST}/{url}/estimate").json()["state"] == "waiting"
        worker.work(burst=True)
        survey = client.get(f"{LIST}/{url}").json()
        assert survey["state"] == "failed"
        assert "make the survey anew" in survey["problem"]


def test_two_who_ask_at_once_get_one_estimate(ranch: None, client: Client) -> None:
    made(client)
    survey = Survey.objects.get()
    services.request_estimate(survey)
    services.request_estimate(survey)
    assert django_rq.get_queue(QUEUE).count == 1


def test_a_survey_that_was_deleted_meanwhile_is_no_failure(ranch: None, client: Client) -> None:
    made(client)
    services.request_estimate(Survey.objects.get())
    Survey.objects.all().delete()
    queue = django_rq.get_queue(QUEUE)
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)
    assert not queue.failed_job_registry.get_job_ids()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"end": "2025-09-01"}, "ends before it begins"),
        ({"cameras": ["fir"]}, "no camera fir"),
        ({"habitat_km2": -1}, "above 0"),
        ({"size": 4}, UNKNOWN_FIELD),
        ({"basis": "all"}, "not a valid choice"),
        ({"name": ""}, "blank"),
    ],
)
def test_what_cannot_be_a_survey_is_a_problem_in_a_sentence(
    client: Client, ranch: None, fields: dict[str, Any], sentence: str
) -> None:
    answer = made(client, **fields)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]
    assert not Survey.objects.exists()


def test_the_list_asks_for_no_result_and_no_copy(
    client: Client, ranch: None, django_assert_max_num_queries: Any
) -> None:
    for name in ("spring", "summer", "autumn"):
        made(client, name=name)
    with django_assert_max_num_queries(6) as queries:
        assert len(client.get(LIST, {"search": "um"}).json()["results"]) == 2
    assert not any('"frozen"' in query["sql"] for query in queries.captured_queries)
    assert client.get(LIST, {"made": "me"}).status_code == 400
    assert client.get(f"{LIST}/nobody").status_code == 404


def test_the_files_for_r_are_an_archive(client: Client, ranch: None) -> None:
    url = made(client).headers["Location"]
    answer: Any = client.get(f"{url}/files/secr", headers={"Accept": "application/zip"})
    assert answer["Content-Disposition"] == 'attachment; filename="autumn secr.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert sorted(archive.namelist()) == ["captures.txt", "read.R", "traps.txt"]
    unknown = client.get(f"{url}/files/excel")
    assert unknown.status_code == 404
    assert "secr, camtrapr, unmarked: excel is none of them" in unknown.json()["detail"]


def test_files_that_need_places_are_refused_with_what_to_do(client: Client, ranch: None) -> None:
    Camera.objects.filter(name="elm").update(latitude=None, longitude=None)
    answer = client.get(f"{made(client).headers['Location']}/files/secr")
    assert answer.status_code == 400
    assert "give elm a place" in answer.content.decode()
