"""The Redis key and value of docs/export-status-tracking.md beside what the store writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings

from exports.lifecycle.keys import key_of
from exports.lifecycle.records import ExportRecord
from exports.lifecycle.status import store
from exports.tests.life import claim

if TYPE_CHECKING:
    from uuid import UUID


def section() -> str:
    text: str = (settings.BASE_DIR / "docs/export-status-tracking.md").read_text()
    return text.partition("\n## What Redis holds\n")[2]


def documented() -> Any:
    return json.loads(section().partition("```json")[2].partition("```")[0])


def completed(job_id: UUID) -> UUID:
    attempt = claim(job_id)
    assert store().complete(job_id, attempt, size=10, sha256="ab", missing=1)
    return job_id


def test_the_key_that_is_named_holds_the_value(submit, redis_client) -> None:
    job_id = submit().job_id
    assert "`export_job:{job_id}`" in section()
    assert key_of(job_id) == f"export_job:{job_id}"
    assert redis_client.get(f"export_job:{job_id}") is not None


def test_the_fields_that_are_named_are_those_that_are_written(submit, redis_client) -> None:
    stored = json.loads(redis_client.get(key_of(completed(submit().job_id))))
    example = documented()
    assert list(stored) == list(example)
    assert {name: type(value) for name, value in stored.items()} == {
        name: type(value) for name, value in example.items()
    }


def test_the_example_is_a_record() -> None:
    example = documented()
    record = ExportRecord.from_json(json.dumps(example))
    assert json.loads(record.to_json()) == example
