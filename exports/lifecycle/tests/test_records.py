"""The record: what is derived from it, and that it survives its way through JSON."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields

import pytest

from exports.lifecycle.records import ExportRecord, ExportStatus, Failure, Phase
from exports.tests.life import JOB, NOW, record


@pytest.mark.parametrize(
    "original",
    [
        record(),
        record(attempt="a" * 32, started_at=NOW, phase=Phase.PACKING, processed_count=3),
        record(
            status=ExportStatus.COMPLETED, completed_at=NOW, file_size_bytes=10, sha256="b" * 64
        ),
        record(status=ExportStatus.FAILED, error="why", error_code=Failure.NO_DATA),
    ],
)
def test_a_record_comes_back_from_json_as_it_was(original):
    assert ExportRecord.from_json(original.to_json()) == original


def test_redis_holds_the_public_names():
    stored = json.loads(record(status=ExportStatus.FAILED, error="why").to_json())
    assert stored["filename"] is None
    assert (stored["status"], stored["error"]) == ("failed", "why")


@pytest.mark.parametrize("status", ExportStatus)
def test_redis_names_the_file_and_its_address_only_where_there_is_one(status):
    stored = json.loads(record(status=status).to_json())
    is_there = status is ExportStatus.COMPLETED
    assert stored["filename"] == (f"{JOB}.zip" if is_there else None)
    assert stored["download_url"] == (f"/api/static/exports/{JOB}.zip" if is_there else None)


def test_what_named_a_file_too_early_and_no_address_is_read_too():
    """Records of versions before these names meant anything."""
    older = json.loads(record().to_json()) | {"filename": f"{JOB}.zip"}
    del older["download_url"]
    assert ExportRecord.from_json(json.dumps(older)) == record()


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"filename": 1}', "\ufffd"])
def test_anything_else_is_a_value_error(text):
    with pytest.raises(ValueError):
        ExportRecord.from_json(text)


@pytest.mark.parametrize("field", fields(ExportRecord), ids=lambda field: field.name)
def test_a_record_of_an_earlier_version_lacks_what_was_added_since(field):
    """Whatever has a default may be missing; what an export cannot be without may not."""
    data = json.loads(record(status=ExportStatus.FAILED, error="why").to_json())
    del data[field.name]
    if field.default is MISSING:
        with pytest.raises(ValueError, match=field.name):
            ExportRecord.from_json(json.dumps(data))
    else:
        assert getattr(ExportRecord.from_json(json.dumps(data)), field.name) == field.default


def test_an_unknown_status_is_a_value_error():
    with pytest.raises(ValueError, match="sleeping"):
        ExportRecord.from_json(record().to_json().replace("processing", "sleeping"))


def test_an_unknown_field_is_a_value_error():
    data = json.loads(record().to_json()) | {"surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        ExportRecord.from_json(json.dumps(data))


@pytest.mark.parametrize(
    ("changes", "percent"),
    [
        ({"processed_count": 0}, 0.0),
        ({"processed_count": 1}, 0.5),
        ({"processed_count": 133}, 66.5),
        ({"total_count": 0}, 0.0),
        ({"total_count": 0, "status": ExportStatus.COMPLETED}, 100.0),
    ],
)
def test_progress(changes, percent):
    assert record(**changes).progress_percent == percent


def test_every_failure_has_a_sentence():
    assert all(failure.sentence.endswith(".") for failure in Failure)
