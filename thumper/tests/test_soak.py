"""Soak: a whole installation under everything at once, with restarts of every part; then nothing may be lost, stuck, back, twice or missing."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from conftest import wait_until
from thumper.tests.soak_campaign import Campaign
from thumper.tests.soak_installation import Installation

if TYPE_CHECKING:
    from pathlib import Path

SHORT: Final = 60.0
LONG: Final = float(os.environ.get("THUMPER_SOAK_SECONDS", "1800"))
SETTLE_SECONDS: Final = 300
GROWTH: Final = 1.3
"""How much larger a process may be at the end than after the first third; it fills its caches until then."""


@pytest.mark.service
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(SHORT, id="a minute"),
        pytest.param(LONG, id="long", marks=pytest.mark.slow),
    ],
)
def test_whatever_happens_nothing_is_lost(tmp_path: Path, seconds: float) -> None:
    home, cards = tmp_path / "home", tmp_path / "cards"
    home.mkdir()
    cards.mkdir()
    with Installation(home) as installation:
        campaign = Campaign(installation, np.random.default_rng(14), cards)
        campaign.begin()
        campaign.run(seconds / 3)
        before = dict(campaign.largest)
        campaign.run(2 * seconds / 3)
        after = campaign.sizes()
        settle(installation, campaign)
        assert campaign.remembered.faults == []
        if seconds > SHORT:
            # Against the largest: one that had just been started again was small then, and had yet to load what it needs.
            grown = {name: after[name] / size for name, size in before.items() if size}
            assert all(growth <= GROWTH for growth in grown.values()), (grown, after)
        exports_are_whole(installation, campaign)
        scores_are_whole(installation)
        decisions_stand_and_can_be_undone(installation, campaign)


def settle(installation: Installation, campaign: Campaign) -> None:
    """Everything runs, every card is in, and whatever waits has been done."""
    installation.watch()
    wait_until(
        lambda: installation.get("/readyz").status == 200, SETTLE_SECONDS, "every part is ready"
    )
    for source in campaign.remembered.sources:  # harmless where it is in already
        assert installation.command("import_detections", str(source), "--user", "local")
    wait_until(
        lambda: installation.command("identify_detections"), SETTLE_SECONDS, "all are identified"
    )
    assert installation.command("backfill_similarity_scores")
    for kind in ("pdf", "zip"):
        campaign.export(kind)
    campaign.review()

    def have_ended() -> bool:
        installation.watch()
        answers = [installation.get(address) for address in campaign.remembered.exports]
        return all(
            answer.status == 200 and answer.json["status"] != "processing" for answer in answers
        )

    wait_until(have_ended, SETTLE_SECONDS, "every export has ended")


def exports_are_whole(installation: Installation, campaign: Campaign) -> None:
    completed = 0
    for address in campaign.remembered.exports:
        status = installation.get(address).json
        assert status["status"] in ("completed", "failed"), status
        if status["status"] == "failed":
            # Killed with its worker, or waited for a server too long: it says so, and can be built again.
            assert status["error_message"], status
            continue
        completed += 1
        content = installation.get(status["download_url"]).body
        assert len(content) == status["file_size_bytes"]
        if address.split("/")[-2] == "zip":
            assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        else:
            assert content.startswith(b"%PDF")
    assert completed > 0
    for export in campaign.remembered.deleted:
        assert installation.get(export["links"]["status"]).status == 404
        assert not list((installation.home / "exports").glob(f"{export['job_id']}.*"))


def scores_are_whole(installation: Installation) -> None:
    """Every embedded detection has one score against every deer with references that is not its own encounter's."""
    assert (
        installation.rows(
            "SELECT detection_id, deer_id, scorer_id FROM reid_similarityscore"
            " GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
        == []
    )
    detections, embedded = installation.rows(
        "SELECT count(*), count(e.id) FROM reid_detection d LEFT JOIN reid_embedding e"
        " ON e.detection_id = d.id"
    )[0]
    assert detections == embedded > 0
    (pictures,) = installation.rows("SELECT count(DISTINCT sha256) - count(*) FROM reid_image")
    assert pictures == (0,)
    (missing,) = installation.rows(
        "SELECT count(*) FROM reid_detection d WHERE NOT EXISTS"
        " (SELECT 1 FROM reid_similarityscore s WHERE s.detection_id = d.id)"
    )
    assert missing == (0,)


def decisions_stand_and_can_be_undone(installation: Installation, campaign: Campaign) -> None:
    remembered = campaign.remembered
    assert remembered.decided
    stored = dict(
        installation.rows(
            "SELECT sighting_id::text, min(deer_id::text) FROM reid_detection"
            " WHERE identity_source = 'reviewed' GROUP BY 1"
        )
    )
    assert {sighting: stored.get(sighting) for sighting in remembered.decided} == remembered.decided
    for operation, _ in reversed(remembered.operations):
        answer = installation.post("/api/review/undo", {"operation": operation})
        assert answer.status == 201, answer.body
    left = dict(
        installation.rows(
            "SELECT sighting_id::text, deer_id FROM reid_detection"
            " WHERE identity_source = 'reviewed'"
        )
    )
    assert not set(left) & set(remembered.decided)
