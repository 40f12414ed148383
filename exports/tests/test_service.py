"""The life of an export with real worker processes: normal, killed, deleted, expired."""

from __future__ import annotations

import pytest

from conftest import wait_until
from reid.tests import make

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def test_an_archive_from_request_to_file(client, redis_client, start_process):
    start_process("rqworker", "exports")
    found = [make.detection(image=make.image(with_file=True)) for _ in range(3)]
    answer = client.post(
        "/api/exports/zip",
        {"detection_ids": [str(item.pk) for item in found]},
        content_type="application/json",
    )
    assert answer.status_code == 202
    wait_until(lambda: client.get(answer["Location"]).json()["status"] != "processing", 60)
    print(client.get(answer["Location"]).json())
    assert client.get(answer["Location"]).json()["status"] == "completed"
