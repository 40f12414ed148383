"""The store over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid.models import IdentityEvent, Operation, Video
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
LISTS = ("cameras", "deployments", "images", "detections", "deer", "scores", "runs", "operations")


def add_row(run) -> None:
    camera = make.camera()
    camera.deployments.create(started_on="2025-10-01")
    deer = make.deer()
    detection = make.detection(deer=deer, image=make.image(camera=camera))
    make.score(detection, deer, 5000, run)
    Operation.objects.create(kind="run", run=make.run(run.scorer))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_queries_for_any_number_of_rows(client: Client, name: str) -> None:
    run = make.run(make.scorer())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"/api/{name}", headers={"Accept": "application/json"})
            assert answer.status_code == 200, answer.content
            assert answer.json()["results"]
        return len(captured)

    add_row(run)
    first = queries()
    add_row(run)
    add_row(run)
    assert queries() == first


@pytest.mark.parametrize("name", LISTS)
def test_a_browser_gets_a_page(client: Client, name: str) -> None:
    add_row(make.run(make.scorer()))
    answer = client.get(f"/api/{name}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_deer_s_history_is_counted_not_kept(client: Client) -> None:
    deer = make.deer(name="Juniper")
    early, late = make.NOON, make.later(days=3)
    first = make.detection(deer=deer, image=make.image(captured_at=early), is_reference=True)
    make.detection(deer=deer, image=make.image(captured_at=late))
    make.detection(deer=deer, image=make.image(captured_at=make.later(days=9)), is_valid=False)
    make.detection(deer=deer, image=first.image, sighting=first.sighting, x=150)
    (row,) = client.get("/api/deer", {"search": "juni"}).json()["results"]
    assert (row["sightings"], row["references"]) == (2, 1)
    assert row["first_seen"].startswith("2025-10-01T12:00")
    assert row["last_seen"].startswith("2025-10-04T12:00")


def test_a_frame_says_of_which_video_it_is_and_where_in_it(client: Client) -> None:
    video = Video.objects.create(path="card/CLIP.MP4", sha256="0" * 64, size=1, rate=1.0, fps=10.0)
    make.image("other.jpg")
    make.image("1.jpg", video=video, frame_number=25, frame_seconds=2.5, source_path="CLIP.MP4#25")
    (frame,) = client.get("/api/images", {"video": str(video.pk)}).json()["results"]
    assert frame["video"] == {
        "id": str(video.pk),
        "path": "card/CLIP.MP4",
        "sha256": "0" * 64,
        "duration": None,
        "fps": 10.0,
        "is_damaged": False,
    }
    assert (frame["frame_number"], frame["frame_seconds"]) == (25, 2.5)
    assert frame["source_path"] == "CLIP.MP4#25"
    (other,) = client.get("/api/images", {"search": "other"}).json()["results"]
    assert (other["video"], other["frame_number"]) == (None, None)


def test_scores_of_a_detection_come_best_first_in_the_unit_interval(client: Client) -> None:
    run, detection = make.run(make.scorer()), make.detection()
    for value in (1234, 10_000, 5678):
        make.score(detection, make.deer(), value, run, threshold_used=5500)
    rows = client.get(f"/api/detections/{detection.pk}/scores").json()["results"]
    assert [row["similarity_score"] for row in rows] == [1.0, 0.5678, 0.1234]
    assert run.scorer is not None
    named = {"id": str(run.scorer.pk), "kind": "embedding", "name": run.scorer.name}
    assert [row["scorer"] for row in rows] == [named] * 3
    assert {row["space"] for row in rows} == {str(run.scorer.space_id)}
    assert {row["threshold_used"] for row in rows} == {0.55}


def test_an_operation_shows_what_it_changed(client: Client) -> None:
    operation = Operation.objects.create(kind="run", run=make.run(make.scorer()))
    detection = make.detection()
    IdentityEvent.objects.create(
        operation=operation, detection=detection, field="deer", before=None, after="x"
    )
    (event,) = client.get(f"/api/operations/{operation.pk}/events").json()["results"]
    assert (event["field"], event["before"], event["after"]) == ("deer", None, "x")


def test_pages_follow_one_another_without_gap_or_repeat(client: Client) -> None:
    names = [make.camera(name=f"camera {letter}").name for letter in "abcde"]
    seen, url = [], "/api/cameras?page_size=2"
    while url:
        page = client.get(url, headers={"Accept": "application/json"}).json()
        seen += [row["name"] for row in page["results"]]
        url = page["next"]
    assert seen == names


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_past_the_log(client: Client, method: str) -> None:
    url = f"/api/deer/{make.deer().pk}"
    assert getattr(client, method)(url, {}, content_type="application/json").status_code == 405
