"""Names in an import: created once, whoever else creates or renames them at the same moment."""

from __future__ import annotations

from typing import Any

import pytest

from reid.importing.report import ReportBuilder
from reid.importing.writing import names as names_module
from reid.importing.writing.names import Names
from reid.models import Camera, Deer, Import
from reid.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def tally() -> ReportBuilder:
    return ReportBuilder()


@pytest.fixture
def names(tally: ReportBuilder, django_user_model: Any) -> Names:
    user = django_user_model.objects.create(username="ranger")
    record = Import.objects.create(kind=Import.Kind.DETECTIONS, source="table.csv", actor=user)
    return Names(tally, record, "America/Chicago")


def test_spellings_are_one_row_and_counted_once(names: Names, tally: ReportBuilder) -> None:
    names.learn_deer({"Old Gus", "old  gus", "OLD GUS "})
    names.learn_cameras({"North Gate", "north gate"})
    assert (Deer.objects.count(), Camera.objects.count()) == (1, 1)
    assert (tally.deer, tally.cameras) == (1, 1)
    assert len({deer.pk for deer in names.deer.values()}) == 1
    assert Camera.objects.get().time_zone == "America/Chicago"
    assert Camera.objects.get().made_by_import_id == names._record.pk


def test_what_another_import_creates_meanwhile_is_taken_and_not_counted(
    names: Names, tally: ReportBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = names_module._deer_by_key
    others: list[Deer] = []

    def late(keys: Any) -> dict[str, Deer]:
        known = look(keys)
        if not others:  # between the look and the creation
            others.append(make.deer("OLD GUS"))
        return known

    monkeypatch.setattr(names_module, "_deer_by_key", late)
    names.learn_deer({"old gus", "Ada"})
    assert names.deer["old gus"] == others[0]
    assert (tally.deer, Deer.objects.count()) == (1, 2)


def test_what_is_renamed_at_that_moment_is_found_by_its_former_name(
    names: Names, tally: ReportBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = names_module._deer_by_key
    calls: list[Any] = []

    def late(keys: Any) -> dict[str, Deer]:
        calls.append(keys)
        if len(calls) == 2:  # between the creation and the reading back
            deer = Deer.objects.get(name="Buck 7")
            deer.name = "Old Gus"
            deer.save()
        return look(keys)

    monkeypatch.setattr(names_module, "_deer_by_key", late)
    names.learn_deer({"Buck 7"})
    assert names.deer["Buck 7"].name == "Old Gus"


def test_a_merged_deer_is_its_survivor_over_several_merges(names: Names) -> None:
    last = make.deer("Last")
    middle = make.deer("Middle", merged_into=last)
    make.deer("First", merged_into=middle)
    names.learn_deer({"first"})
    assert names.deer["first"] == last


@pytest.mark.parametrize(
    ("stored", "new"),
    [("North Gate", "north-gate"), ("G\u00fcs", "Gus"), ("7", "07"), ("Gus (2)", "gus")],
)
def test_a_new_name_that_is_much_alike_a_stored_one_is_noted(
    names: Names, tally: ReportBuilder, stored: str, new: str
) -> None:
    make.deer(stored)
    make.camera(stored)
    names.learn_deer({new, "Oak"})
    names.learn_cameras({new, "Oak"})
    deer, camera = tally.warnings
    assert f"The new deer {new!r} is much like {stored!r}" in deer
    assert f"The new camera {new!r} is much like {stored!r}" in camera
    assert "merge the profiles" in deer
    assert "run merge_cameras" in camera
