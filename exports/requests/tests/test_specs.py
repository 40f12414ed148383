"""The payloads: they come back from JSON, also where an earlier version wrote them."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from uuid import UUID

import pytest

from exports.requests.specs import ArchiveFormat, ArchiveSpec, DetectionSelection, ReportSpec
from exports.tests import build

SELECTION = DetectionSelection(("buck",), (build.NORTH,), (build.GUS,))
SPECS: list[ReportSpec | ArchiveSpec] = [
    build.spec(selection=SELECTION),
    ArchiveSpec((UUID(int=1), UUID(int=2)), True, False, 128),
    ArchiveSpec((UUID(int=1),), False, True, 300, "All", ArchiveFormat.CAMTRAP_DP, 2),
]


@pytest.mark.parametrize("spec", SPECS)
def test_a_payload_comes_back_from_json_as_it_was(spec):
    assert type(spec).from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    ("spec", "field"), [(spec, field) for spec in SPECS for field in fields(spec)]
)
def test_a_payload_of_an_earlier_version_lacks_what_was_added_since(spec, field):
    """Requests are kept for days: whatever has a default may be missing, and nothing else."""
    data = spec.to_json()
    del data[field.name]
    if field.default is MISSING:
        with pytest.raises(TypeError, match=field.name):
            type(spec).from_json(data)
    else:
        assert getattr(type(spec).from_json(data), field.name) == field.default


def test_a_selection_without_a_field_restricts_nothing_by_it():
    assert DetectionSelection.from_json({"classifications": ["buck"]}) == DetectionSelection(
        ("buck",)
    )


@pytest.mark.parametrize("kind", [ReportSpec, ArchiveSpec])
@pytest.mark.parametrize(
    "data", [None, [], {"surprise": 1}, {"format": "rar"}, {"periods": [{"label": "only"}]}]
)
def test_anything_else_is_refused(kind, data):
    with pytest.raises((ValueError, TypeError)):
        kind.from_json(data)
