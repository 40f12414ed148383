"""The shared clock while Redis is away: this host's own, which is said once."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from reid.db import shared_clock

NOWHERE = "unix:///nowhere/valkey.sock"


@pytest.fixture
def difference(settings: Any, monkeypatch: pytest.MonkeyPatch) -> shared_clock._Difference:
    """It looks at the clock each time that it is read."""
    settings.REDIS_URL, settings.REDIS_EMBEDDED = NOWHERE, False
    monkeypatch.setattr(shared_clock, "ASKED_EVERY", 0.0)
    return shared_clock._Difference()


def test_an_outage_is_said_once(
    difference: shared_clock._Difference,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert [difference.read(), difference.read()] == [timedelta(0)] * 2
    assert len(caplog.records) == 1
    with monkeypatch.context() as back:
        back.setattr(shared_clock, "quick_client", nullcontext)
        back.setattr(shared_clock, "ahead", lambda _: timedelta(hours=1))
        assert difference.read() == timedelta(hours=1)
    assert [difference.read(), difference.read()] == [timedelta(hours=1)] * 2
    assert len(caplog.records) == 2


def test_a_command_without_a_server_beside_it_says_nothing(
    difference: shared_clock._Difference, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nothing else runs there is nobody whose clock could be another."""
    settings.REDIS_EMBEDDED = True
    assert difference.read() == timedelta(0)
    assert caplog.records == []
