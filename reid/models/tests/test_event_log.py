"""The event log: what it stores, and that nothing else makes events."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from reid.models import Detection, EventLog, IdentityEvent, Operation
from reid.tests import make
from reid.tests.reviewing import reviewer

_SOURCE = Detection.IdentitySource
WRITER = "reid/models/event_log.py"


def stored(operation: Operation) -> list[tuple[Any, ...]]:
    rows = IdentityEvent.objects.filter(operation=operation).order_by("pk")
    return list(rows.values_list("field", "detection", "deer", "before", "after"))


@pytest.mark.django_db
def test_values_are_stored_as_json_and_only_what_differs_is_a_change() -> None:
    detection, deer = make.detection(), make.deer()
    operation = Operation.objects.create(kind=Operation.Kind.ASSIGN, actor=reviewer())
    events = EventLog()
    events.note("created", None, {"name": deer.name}, deer=deer.pk)
    events.note_changes(
        detection.pk,
        {"deer": None, "identity_source": "none", "is_reference": False},
        {"deer": deer.pk, "identity_source": _SOURCE.REVIEWED, "is_reference": False},
    )
    assert len(events) == events.write(operation) == 3
    assert stored(operation) == [
        ("created", None, deer.pk, None, {"name": deer.name}),
        ("deer", detection.pk, None, None, str(deer.pk)),
        ("identity_source", detection.pk, None, "none", "reviewed"),
    ]


@pytest.mark.django_db
def test_what_is_written_once_is_not_written_again() -> None:
    operation = Operation.objects.create(kind=Operation.Kind.ASSIGN, actor=reviewer())
    events = EventLog()
    events.note("flank", "left", "right", detection=make.detection().pk)
    assert (events.write(operation), events.write(operation), len(events)) == (1, 0, 0)
    assert len(stored(operation)) == 1


def writes_events(tree: ast.AST) -> bool:
    """Whether a module makes `IdentityEvent`s, or changes or deletes stored ones."""
    writing = {"create", "bulk_create", "update", "bulk_update", "delete", "get_or_create"}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        chain = name.split(".")
        if chain[-1] == "IdentityEvent" or (
            name.startswith("IdentityEvent.objects") and chain[-1] in writing
        ):
            return True
    return False


@pytest.mark.parametrize(
    ("code", "writes"),
    [
        ("IdentityEvent(field='deer')", True),
        ("models.IdentityEvent(field='deer')", True),
        ("IdentityEvent.objects.filter(pk=1).delete()", True),
        ("IdentityEvent.objects.filter(pk=1).exists()", False),
    ],
)
def test_a_writer_is_told_from_a_reader(code: str, writes: bool) -> None:
    assert writes_events(ast.parse(code)) is writes


def test_the_event_log_alone_writes_events() -> None:
    root = Path(settings.BASE_DIR)
    paths = [
        path
        for app in ("reid", "analysis", "exports", "thumper")
        for path in (root / app).rglob("*.py")
        if "tests" not in path.parts
    ]
    writers = [
        str(path.relative_to(root))
        for path in sorted(paths)
        if writes_events(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert writers == [WRITER]
