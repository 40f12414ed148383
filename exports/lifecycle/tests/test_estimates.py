"""When an export will be done and how large it will be: by hand, from known histories."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from exports.lifecycle.estimates import (
    REPORT_BYTES,
    SECONDS_AT_LEAST,
    Duration,
    bytes_for,
    completion,
    seconds_for,
)
from exports.lifecycle.records import ExportStatus
from exports.requests.specs import ArchiveFormat, ArchiveSpec, ExportKind
from exports.tests import build
from exports.tests.life import NOW, record

NOTHING: dict[ExportKind, list[Duration]] = {kind: [] for kind in ExportKind}
KNOWN = {
    ExportKind.PDF: [Duration(2, 0), Duration(4, 0), Duration(30, 0)],
    ExportKind.ZIP: [Duration(10, 100), Duration(1, 100), Duration(2, 10)],
}


def after(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("kind", "count", "seconds"),
    [
        (ExportKind.PDF, 0, 4),  # the median, not the mean
        (ExportKind.ZIP, 200, 20),  # paces 0.1, 0.01 and 0.2 s a detection
        (ExportKind.ZIP, 1, SECONDS_AT_LEAST),
    ],
)
def test_the_usual_time_is_the_median_of_the_last(kind, count, seconds):
    assert seconds_for(kind, count, KNOWN[kind]) == pytest.approx(seconds)


def test_the_first_of_a_kind_is_guessed():
    assert seconds_for(ExportKind.PDF, 0, []) == 10
    assert seconds_for(ExportKind.ZIP, 10_000, []) == 200


def test_one_that_runs_goes_by_its_own_pace():
    half = record(started_at=NOW, updated_at=after(30), processed_count=100, attempt="a")
    assert completion(half, None, KNOWN, after(30)) == after(60)


def test_one_that_is_next_goes_by_the_usual_time():
    assert completion(record(), 0, KNOWN, NOW) == after(20)


def test_one_that_waits_comes_after_those_before_it():
    """Three before it at 3 s (the median of 2, 4, 30, 10, 1, 2), its own 20 s; up to the next ten."""
    assert completion(record(), 3, KNOWN, NOW) == after(30)
    assert completion(record(), 3, NOTHING, NOW) == after(50)


def test_a_missed_estimate_moves_on_in_steps():
    late = record(started_at=NOW, attempt="a")
    assert completion(late, None, KNOWN, after(19)) == after(20)
    for seconds in (20, 25, 29.9):
        assert completion(late, None, KNOWN, after(seconds)) == after(30)


def test_what_has_ended_has_no_estimate():
    assert completion(record(status=ExportStatus.FAILED), None, NOTHING, NOW) is None


def test_a_duration_comes_back_from_json():
    done = record(started_at=NOW, completed_at=after(1.5), status=ExportStatus.COMPLETED)
    assert Duration.from_json(Duration.of(done).to_json()) == Duration(1.5, 200)


def test_the_size_goes_by_crops_and_rows():
    ids = tuple(uuid4() for _ in range(10))
    assert bytes_for(ArchiveSpec(ids, False, True, 1024)) == 20_480
    assert bytes_for(ArchiveSpec(ids, True, True, 300)) == 470_480
    camtrap = ArchiveSpec(ids, True, True, 300, format=ArchiveFormat.CAMTRAP_DP)
    assert bytes_for(camtrap) == 30 * 2**20
    assert bytes_for(replace(camtrap, empty_image_ids=ids[:5])) == 45 * 2**20
    assert bytes_for(build.spec()) == REPORT_BYTES
