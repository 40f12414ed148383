"""The API in a browser: its root names every list, and every GET is a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from analysis.monitoring import schedule
from analysis.surveys import services
from analysis.surveys.audit.opening import open_audit
from analysis.tests.herds import herd
from exports.tests.life import running
from reid.models import (
    CameraMerge,
    ClockCorrection,
    Import,
    Operation,
    PerformanceSnapshot,
    Repeat,
    Threshold,
)
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client", "export_root")]

BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
}
FILES = {
    "/api/detections/{detection}/crop",
    "/api/detections/{detection}/thumbnail",
    "/api/detections/{detection}/torso",
    "/api/exports/surveys/{survey}/{filename}",
    "/api/images/{image}/file",
    "/api/images/{image}/thumbnail",
    "/api/static/exports/{filename}",
    "/api/surveys/{id}/files/{package}",
}
QUERIES = {
    "/api/thresholds/what-if": "?threshold=none",
    "/api/deer-names": "?name=Ada",
    "/api/surveys/{survey}/audit/profiles": "?item={item}",
}


@pytest.fixture
def ids(client: Client) -> dict[str, Any]:
    """One object of everything that has an address: the value of each path's placeholder."""
    stored = herd()
    camera = make.camera()
    deployment = camera.deployments.create(started_on="2025-01-01")
    detection = make.detection(image=make.image(camera=camera), deer=stored.ada)
    make.sighting()
    threshold = Threshold.objects.create(scorer=stored.scorer, value="0.8000", source="operator")
    assert schedule.record(stored.scorer) is not None
    assert client.post("/api/audits/plan", content_type="application/json").status_code == 201
    body = {"start_date": "2025-09-01", "end_date": "2025-09-30"}
    report = client.post("/api/exports/pdf", body, content_type="application/json").json()
    chosen = {"detection_ids": [str(detection.pk)]}
    archive = client.post("/api/exports/zip", chosen, content_type="application/json").json()
    with running(report["job_id"]):
        pass
    day = make.NOON.date()
    survey = services.make(name="autumn", start=day, end=day, occasion_days=1)
    audit = open_audit(survey, get_user_model().objects.get(username="local"))
    return {
        "cameras": camera.pk,
        "deployments": deployment.pk,
        "images": detection.image.pk,
        "detections": detection.pk,
        "deer": stored.ada.pk,
        "scores": stored.scorer.scores.values_list("pk", flat=True)[0],
        "runs": stored.run.pk,
        "imports": Import.objects.create(kind="detections", source="card.json").pk,
        "operations": Operation.objects.create(kind="run", run=stored.run).pk,
        "repeats": Repeat.objects.create(
            **{"left": 0.1, "top": 0.1, "right": 0.5, "bottom": 0.5},
            camera=camera,
            frames=12,
            encounters=6,
            first_at=make.NOON,
            last_at=make.NOON,
        ).pk,
        "camera-merges": CameraMerge.objects.create(
            camera=make.camera(),
            into=camera,
            actor=get_user_model().objects.get(username="local"),
        ).pk,
        "clock-corrections": ClockCorrection.objects.create(
            camera=camera, seconds=60, actor=get_user_model().objects.get(username="local")
        ).pk,
        "camera-changes": camera.changes.create(
            subject="camera",
            row=camera.pk,
            before={"notes": ""},
            after={"notes": "By the oak."},
            actor=get_user_model().objects.get(username="local"),
        ).pk,
        "outages": camera.outages.create(started_on="2025-02-01", ended_on="2025-02-02").pk,
        "surveys": survey.pk,
        "audit items": audit.items.values_list("pk", flat=True)[0],
        "watch": PerformanceSnapshot.objects.get().pk,
        "thresholds": threshold.pk,
        "pdf": report["job_id"],
        "zip": archive["job_id"],
    }


def readable() -> list[str]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    return [path for path, methods in document["paths"].items() if "get" in methods]


def test_every_get_of_the_api_is_a_page_in_a_browser(client: Client, ids: dict[str, Any]) -> None:
    paths = readable()
    assert set(paths) > FILES
    for path in [*paths, "/api/"]:
        if path in FILES:
            continue
        parts = path.split("/")
        name = next((parts[at - 1] for at, part in enumerate(parts) if part[:1] == "{"), "")
        both = {
            "detection": ids["detections"],
            "deer": ids["deer"],
            "survey": ids["surveys"],
        }
        query = QUERIES.get(path, "").format(item=ids["audit items"])
        url = path.format(id=ids.get(name), job_id=ids.get(name), **both) + query
        answer = client.get(url, headers=BROWSER)
        assert answer.status_code in (200, 202), (url, answer.status_code, answer.content[:300])
        assert answer["Content-Type"] == "text/html; charset=utf-8", url
        page = answer.content.decode()
        assert f"<b>GET</b> {url}" in page, url
        machine = client.get(url)
        assert machine["Content-Type"] == "application/json", url


def test_the_root_names_every_list(client: Client) -> None:
    lists = {path for path in readable() if "{" not in path} - {
        *("/api/audits/next", "/api/audits/status", "/api/review/next", "/api/review/groups"),
        *("/api/audits/offer", "/api/thresholds/what-if", "/api/review/labels"),
        "/api/deer-names",  # it looks one name up
    }
    root = client.get("/api/").json()
    assert {url.removeprefix("http://testserver") for url in root.values()} == lists
    assert root["exports"].endswith(reverse("export-list"))
    assert list(root) == sorted(root)


def test_a_page_is_never_answered_as_unchanged_data(client: Client, ids: dict[str, Any]) -> None:
    url = f"/api/exports/pdf/{ids['pdf']}"
    tag = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    page = client.get(url, headers=BROWSER | {"If-None-Match": tag})
    assert (page.status_code, "ETag" in page) == (200, False)
    assert "Accept" in page["Vary"]


def test_pages_of_the_api_are_as_closed_as_the_rest_in_embedded_mode(client: Client) -> None:
    assert client.get("/api/", headers=BROWSER, REMOTE_ADDR="192.0.2.7").status_code == 403
    foreign = BROWSER | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/api/exports/", headers=foreign).status_code == 403
    assert client.get("/api/", headers=BROWSER | {"Host": "evil.example"}).status_code == 400


def test_the_root_is_for_those_who_may_read(client: Client, settings: Any) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    assert client.get("/api/").status_code == 401
