"""The export API over HTTP, answered without a worker: what is accepted, refused, shown and hidden."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone

from exports import errors, rules
from exports.requests import NOTHING_NAMED
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


def post(client, kind: str, **body):
    return client.post(f"/api/exports/{kind}", body, content_type="application/json")


def test_a_report_is_accepted(client):
    answer = post(client, "pdf", start_date="2025-09-01", end_date="2025-09-30")
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert body["status"] == "processing"
    assert answer["Location"] == f"/api/exports/pdf/{body['job_id']}" == body["links"]["status"]
    assert answer["Retry-After"] == "1"
    shown = client.get(answer["Location"])
    assert shown.status_code == 200
    assert shown.json()["phase"] == "queued"
    assert shown.json()["queue_position"] == 0


def test_an_archive_is_accepted(client):
    wanted = [str(make.detection().pk) for _ in range(2)]
    answer = post(client, "zip", detection_ids=[*wanted, wanted[0]])
    assert answer.status_code == 202, answer.content
    assert answer.json()["total_detections"] == 2
