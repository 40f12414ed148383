"""The command imports: list, show, undo, purge."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from reid.management.commands import imports
from reid.models import Deer, Detection, Import, ImportProblem
from reid.tests import make
from reid.wording import Number

pytestmark = pytest.mark.django_db


@pytest.fixture
def record() -> Import:
    user = User.objects.create(username="ranger")
    made = Import.objects.create(
        kind="detections",
        source="caf\u00e9.json",
        state="completed",
        actor=user,
        options={"link": True},
        counts={"detections": 1, "empty": 0},
    )
    make.detection(image=make.image(made_by_import=made), made_by_import=made)
    ImportProblem.objects.create(
        record=made, line=7, path="a.jpg", reason="missing", text="there is no such file"
    )
    return made


def output_of(*arguments: Any) -> str:
    out = io.StringIO()
    call_command("imports", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_nothing_imported_is_said() -> None:
    assert output_of("list").strip() == imports.NONE


def test_the_list_has_one_line_an_import(record: Import) -> None:
    (line,) = output_of("list").splitlines()
    assert line.startswith(str(record.pk))
    assert "completed" in line
    assert "ranger" in line
    assert line.endswith("caf\\xe9.json")


def test_an_import_is_shown_with_settings_counts_and_problems(record: Import) -> None:
    text = output_of("show", record.pk)
    assert "settings: link = True" in text
    assert "counts: detections = 1" in text
    assert "empty" not in text
    assert "refused: line 7: a.jpg: there is no such file" in text
    with pytest.raises(CommandError, match="There is no import"):
        output_of("show", uuid4())


def test_a_dry_run_says_what_would_go(record: Import) -> None:
    text = output_of("undo", record.pk, "--dry-run")
    assert text.startswith(imports.DRY_RUN)
    assert "1  detection\n" in text
    assert Detection.objects.exists()


def test_an_undo_says_what_went(record: Import) -> None:
    assert "1  photograph\n" in output_of("undo", record.pk, "--user", "ranger")
    assert not Detection.objects.exists()
    with pytest.raises(CommandError, match="was undone by ranger"):
        output_of("undo", record.pk)
    assert " undone " in output_of("list")


def test_conflicts_are_listed_and_kept_where_that_is_asked_for(record: Import) -> None:
    Deer.objects.create(name="Ada", notes="limps", made_by_import=record)
    out = io.StringIO()
    with pytest.raises(CommandError, match="cannot be undone: deer Ada has notes"):
        call_command("imports", "undo", str(record.pk), stdout=out)
    assert "deer Ada has notes" in out.getvalue()
    tried = output_of("undo", record.pk, "--dry-run")
    assert imports.NEEDS_KEEP_USED.format(number=Number(1)) in tried
    kept = output_of("undo", record.pk, "--keep-used")
    assert imports.KEPT in kept
    assert Deer.objects.get().name == "Ada"


def test_a_purge_deletes_what_no_log_names(record: Import) -> None:
    Deer.objects.create(name="Ada", made_by_import=record)
    output_of("undo", record.pk)
    assert Deer.everything.exists()
    assert output_of("purge").startswith("0 detections, 0 photographs, 1 deer and")
    assert not Deer.everything.exists()
