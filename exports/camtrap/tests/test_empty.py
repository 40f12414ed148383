"""Photographs without an animal: blank where somebody looked, unclassified where nobody did, withheld where a person was."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from exports.camtrap.empty import OBSERVED
from exports.camtrap.package_zip import write_camtrap
from exports.camtrap.sources import WITHHELD
from exports.camtrap.tests.test_package_zip import (
    camera,
    ignore_progress,
    loaded,
    problems,
    seen,
    table,
)
from exports.requests import build_spec
from exports.requests.build_spec import archive_spec
from exports.requests.errors import RequestRefused
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from exports.requests.specs import ArchiveSpec
    from reid.models import Camera, Image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]
TODAY = date(2025, 11, 1)


def asked(format: str = "camtrap-dp", **fields: Any) -> ArchiveSpec:
    dates = {"start_date": "2025-10-01", "end_date": "2025-10-31"}
    chosen = dates | fields.pop("filter", {})
    return archive_spec({"format": format, "filter": chosen} | fields, TODAY)


def bare(at: Camera, **fields: Any) -> Image:
    given: dict[str, Any] = {"camera": at, "captured_at": make.later(hours=1)} | fields
    return make.image(with_file=True, **given)


def written(spec: ArchiveSpec) -> zipfile.ZipFile:
    out = io.BytesIO()
    write_camtrap(spec, out, ignore_progress)
    return zipfile.ZipFile(out)


def test_photographs_without_an_animal_are_blank_or_unclassified(tmp_path: Path) -> None:
    gate = camera("Gate")
    seen(gate)
    blank, unseen = bare(gate), bare(gate, looked="no")
    failed, thrown_out = bare(gate, looked="failed"), bare(gate)
    make.detection(image=thrown_out, is_valid=False)
    file = written(asked())
    rows = {row["mediaID"]: row for row in table(file, "observations") if row["mediaID"]}
    kinds = {str(blank.pk): "blank", str(unseen.pk): "unclassified"}
    kinds |= {str(failed.pk): "unclassified", str(thrown_out.pk): "blank"}
    assert {key: rows[key]["observationType"] for key in kinds} == kinds
    assert all(rows[key]["observationLevel"] == "media" for key in kinds)
    assert {row["mediaID"] for row in table(file, "media")} == set(rows)
    assert loaded(file, "manifest")["empty"][0]["status"] == "included"
    assert problems(file, tmp_path) == []


def test_only_photographs_of_the_dates_and_cameras_asked_for_come_along() -> None:
    gate, creek = camera("Gate"), camera("Creek")
    seen(gate)
    mine = bare(gate)
    bare(creek)
    bare(gate, captured_at=make.later(days=40))
    bare(gate, captured_at=None)
    spec = asked(filter={"cameras": [str(gate.pk)]})
    assert spec.empty_image_ids == (mine.pk,)


def test_an_archive_of_some_animals_has_no_empty_photographs() -> None:
    gate, gus = camera("Gate"), make.deer("Gus")
    seen(gate, deer=gus)
    bare(gate)
    assert asked(filter={"deer": [str(gus.pk)]}).empty_image_ids == ()
    assert asked(filter={"classifications": ["doe"]}).empty_image_ids == ()
    assert asked(include_empty=False).empty_image_ids == ()
    assert asked("crops").empty_image_ids == ()


def test_a_photograph_with_a_person_or_another_animal_is_not_empty() -> None:
    gate = camera("Gate")
    seen(gate)
    seen(gate, classification="coyote")
    make.detection(image=bare(gate), classification="person", is_valid=False)
    assert asked().empty_image_ids == ()


def test_what_is_empty_no_more_when_it_is_written_stays_out() -> None:
    gate = camera("Gate")
    seen(gate)
    person, animal, empty = bare(gate), bare(gate), bare(gate)
    spec = asked()
    make.detection(image=person, classification="person")
    make.detection(image=animal)
    file = written(spec)
    accounts = {item["image_id"]: item for item in loaded(file, "manifest")["empty"]}
    assert accounts[str(person.pk)]["reason"] == WITHHELD
    assert accounts[str(animal.pk)]["reason"] == OBSERVED
    assert accounts[str(empty.pk)] == {
        "image_id": str(empty.pk),
        "status": "included",
        "kind": "blank",
    }
    assert str(person.pk) not in file.read("media.csv").decode()


def test_too_many_empty_photographs_are_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = camera("Gate")
    seen(gate)
    bare(gate)
    bare(gate)
    monkeypatch.setattr(build_spec, "MAX_DETECTIONS", 1)
    with pytest.raises(RequestRefused) as refused:
        asked()
    assert [(item.field, item.message) for item in refused.value.errors] == [
        ("include_empty", build_spec.TOO_MANY_EMPTY)
    ]
