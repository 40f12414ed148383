"""Table statistics: the database has them after an import, and nothing fails where there are none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection

from reid.db import statistics
from reid.identifying import identify, run_lifecycle
from reid.importing import detections, options
from reid.models import Detection, ReidRun
from reid.tests import make
from reid.tests.herds import herd
from reid.tests.reviewing import reviewer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def refreshed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was refreshed, in order; from the first detection on."""
    done: list[Any] = []
    monkeypatch.setattr(statistics, "MANY", 2)
    monkeypatch.setattr(statistics, "refresh", done.append)
    return done


def known(model: Any) -> float:
    """How many rows the database believes the table to have; -1 where it has never looked."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            query = "SELECT stat FROM sqlite_stat1 WHERE tbl = %s AND idx LIKE 'sqlite_autoindex%%'"
            row = cursor.execute(query, [model._meta.db_table]).fetchone()
            return float(row[0].split()[0]) if row else -1
        query = "SELECT reltuples FROM pg_class WHERE relname = %s AND relnamespace = 'public'::regnamespace"
        cursor.execute(query, [model._meta.db_table])
        return float(cursor.fetchone()[0])


def test_the_planner_is_told_how_many_rows_there_are() -> None:
    for _ in range(3):
        make.detection()
    statistics.refresh(["reid_detection"])
    assert known(Detection) == 3


def test_every_table_is_there() -> None:
    assert {*statistics.IMPORTED, *statistics.LOGGED} <= set(connection.introspection.table_names())


def test_nothing_fails_where_it_cannot_be_refreshed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("reid"), "propagate", True)
    statistics.refresh(["no_such_table"])
    make.detection()  # the transaction goes on
    assert "could not be refreshed" in caplog.text


def test_an_import_of_many_refreshes_once_and_a_dry_run_never(
    tmp_path: Path, refreshed: list[Any]
) -> None:
    lines = ["path"]
    for number in range(3):
        make.photograph(f"in/{number}.jpg", seed=number)
        lines.append(f"{number}.jpg")
    listing = settings.MEDIA_ROOT / "in" / "list.csv"
    listing.write_text("\n".join(lines))
    for dry_run in (True, False, False):  # the third finds nothing new
        given = options.ImportOptions(dry_run=dry_run, collection="in")
        detections.import_detections(listing, actor=reviewer(), options=given)
    assert refreshed == [statistics.IMPORTED]


def test_a_run_over_many_refreshes_at_its_end(refreshed: list[Any]) -> None:
    scorer = herd(5)
    run = identify.create_run(scorer)
    while identify.advance(run.pk):
        assert not refreshed
    assert refreshed == [statistics.LOGGED]


def test_a_run_over_few_does_not(refreshed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MANY", 100)
    run = identify.create_run(herd(5))
    while identify.advance(run.pk):
        pass
    assert not refreshed
    run.refresh_from_db()
    assert run.state == ReidRun.State.COMPLETED
    assert not run_lifecycle.advance(run.pk, lambda *_: pytest.fail("it has ended"))
