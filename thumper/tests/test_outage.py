"""A job outlives a restart of Redis; a web request does not wait for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import redis

from exports import lifecycle, status
from exports.records import Failure, Phase, Status
from exports.specs import ArchiveSpec
from exports.tests.life import live, running
from thumper.services import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from exports.records import ExportRecord


@pytest.mark.service
def test_a_run_waits_for_redis_and_a_request_does_not(settings, tmp_path):
    settings.EXPORT_ROOT = tmp_path
    with EmbeddedValkey(tmp_path / "home") as server:
        settings.REDIS_URL = server.url
        job_id = lifecycle.submit(ArchiveSpec((), True, True, 300), 1).job_id
        with running(job_id) as attempt:
            server.stop()
            with pytest.raises(redis.ConnectionError):
                status.store().get(job_id)
            packing = threading.Thread(target=attempt.enter, args=(Phase.PACKING,))
            packing.start()
            packing.join(0.5)
            assert packing.is_alive()
            server.start()
            packing.join(30)
            assert live(job_id).phase is Phase.PACKING
        assert live(job_id).status is Status.COMPLETED


@pytest.mark.service
@pytest.mark.parametrize("step", ["claim", "advance", "complete", "fail"])
def test_every_write_of_a_run_waits_until_redis_is_back(settings, tmp_path, step):
    settings.EXPORT_ROOT = tmp_path
    with EmbeddedValkey(tmp_path / "home") as server:
        settings.REDIS_URL = server.url
        job_id = lifecycle.submit(ArchiveSpec((uuid4(),), True, True, 300), 1).job_id
        patient = status.store(patient=True)
        token = "" if step == "claim" else str(_claimed(patient, job_id).attempt)
        writes: dict[str, Callable[[], object]] = {
            "claim": lambda: patient.claim(job_id),
            "advance": lambda: patient.advance(job_id, token, Phase.PACKING, 1),
            "complete": lambda: patient.complete(job_id, token, size=1, sha256="ab", missing=0),
            "fail": lambda: patient.fail(job_id, token, Failure.NO_DATA),
        }
        answers: list[object] = []
        server.stop()
        write = threading.Thread(target=lambda: answers.append(writes[step]()))
        write.start()
        write.join(0.5)
        assert write.is_alive()
        server.start()
        write.join(30)
        assert answers == [live(job_id)]


def _claimed(store: status.StatusStore, job_id: UUID) -> ExportRecord:
    record = store.claim(job_id)
    assert record is not None
    return record
