"""A job outlives a restart of Redis; a web request does not wait for it."""

from __future__ import annotations

import threading

import pytest
import redis

from exports import lifecycle, status
from exports.records import Phase, Status
from exports.specs import ArchiveSpec
from exports.tests.life import live, running
from thumper.services import EmbeddedValkey


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
