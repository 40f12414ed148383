"""Outages that last: Redis or PostgreSQL is away for 45 seconds while exports and a run are under way, in a whole installation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from conftest import wait_until
from thumper.tests.soak_campaign import Campaign
from thumper.tests.soak_installation import Installation
from thumper.tests.test_soak import (
    SETTLE_SECONDS,
    decisions_stand_and_can_be_undone,
    exports_are_whole,
    scores_are_whole,
    settle,
)

if TYPE_CHECKING:
    from pathlib import Path

    from thumper.runtime.valkey import EmbeddedValkey
    from thumper.tests.own_postgres import OwnPostgres

AWAY_SECONDS: Final = 45.0
REPORTS: Final = 8


@pytest.mark.slow
@pytest.mark.service
@pytest.mark.parametrize("store", ["redis", "postgres"])
def test_what_was_under_way_goes_on_by_itself(tmp_path: Path, store: str) -> None:
    home, cards = tmp_path / "home", tmp_path / "cards"
    home.mkdir()
    cards.mkdir()
    with Installation(home) as installation:
        campaign = Campaign(installation, np.random.default_rng(45), cards)
        campaign.begin()
        campaign.review()
        campaign.import_a_card()
        campaign.identify()
        for number in range(REPORTS):
            report(installation, campaign, f"Report {number}")
        exports = list(campaign.remembered.exports)
        server: EmbeddedValkey | OwnPostgres = getattr(installation, store)
        server.stop()
        try:
            answers = asked_while_away(installation, exports)
        finally:
            server.start()
        # Said at every request, and nobody waits for the whole outage.
        assert set(answers) == {503}
        assert len(answers) > 1
        wait_until(lambda: have_run(installation), SETTLE_SECONDS, "the run has ended")
        settle(installation, campaign)
        assert runs(installation) == {"completed"}
        states = [installation.get(address).json["status"] for address in exports]
        assert states == ["completed"] * len(exports)
        assert campaign.remembered.faults == []
        exports_are_whole(installation, campaign)
        scores_are_whole(installation)
        decisions_stand_and_can_be_undone(installation, campaign)


def report(installation: Installation, campaign: Campaign, title: str) -> None:
    """Ask for one of its own: two that ask for the same share an export."""
    body = {"start_date": "2026-10-01", "end_date": "2026-10-31", "title": title}
    answer = installation.post("/api/exports/pdf", body)
    assert answer.status == 202, answer.body
    campaign.remembered.exports[answer.json["links"]["status"]] = answer.json


def asked_while_away(installation: Installation, exports: list[str]) -> list[int]:
    """The statuses of what is asked, one after the other, for as long as the server is away."""
    until = time.monotonic() + AWAY_SECONDS
    statuses: list[int] = []
    while time.monotonic() < until:
        installation.watch()
        statuses.append(installation.get(exports[len(statuses) % len(exports)]).status)
    return statuses


def have_run(installation: Installation) -> bool:
    installation.watch()
    return not runs(installation) & {"pending", "running"}


def runs(installation: Installation) -> set[str]:
    return {state for (state,) in installation.rows("SELECT state FROM reid_reidrun")}
