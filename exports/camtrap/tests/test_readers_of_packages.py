"""Packages as GBIF and the R packages read them: by events, by exact names, and by the places of deployments."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from PIL import ExifTags
from PIL import Image as PILImage

from exports.archive.crops_zip import write_archive
from exports.camtrap.sources import read_sources
from exports.camtrap.tests.test_package_zip import (
    camera,
    ignore_progress,
    loaded,
    package,
    problems,
    seen,
    spec,
    table,
)
from exports.requests.specs import ArchiveSpec
from exports.requests.targets import cameras_without_coordinates
from reid.importing.deployments import import_deployments
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Deployment, Detection, Encounter
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

NAMES = ("Pe\u00f1a", "=Gus", "-12", "Old Gus, Jr", "007")


def ingested(file: zipfile.ZipFile) -> list[dict[str, str]]:
    """The rows that become occurrences: animals, of the level that the package names, else of events."""
    level = loaded(file, "datapackage").get("gbifIngestion", {}).get("observationLevel", "event")
    return [
        row
        for row in table(file, "observations")
        if (row["observationLevel"], row["observationType"]) == (level, "animal")
    ]


def individuals(rows: Iterable[dict[str, str]]) -> set[tuple[str, ...]]:
    columns = ("individualID", "scientificName", "lifeStage", "sex")
    return {tuple(row[name] for name in columns) for row in rows if row["individualID"]}


@pytest.fixture
def two_winters(tmp_path: Path, settings) -> list[Detection]:
    """Thirty photographs of five deer, before and after the camera was moved."""
    settings.TIME_ZONE = "America/Chicago"
    (tmp_path / "photos" / "north").mkdir(parents=True)
    lines = [["path", "camera", "classification", "deer"]]
    for number, deer in enumerate(NAMES):
        for month in (1, 2):
            for frame in range(3):
                name = f"north/{month:02}_{number}{frame}.JPG"
                exif = PILImage.Exif()
                taken = f"2026:{month:02}:03 {6 + number:02}:12:{10 + 5 * frame}"
                exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
                picture = PILImage.new("RGB", (640, 480), (20 * number, 30 * frame, 20 * month))
                picture.save(tmp_path / "photos" / name, exif=exif)
                lines.append([name, "north", "buck" if frame else "unknown_deer", deer])
    with (tmp_path / "table.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    (tmp_path / "cameras.csv").write_text(
        "camera,started_on,ended_on,latitude,longitude\n"
        "north,2025-12-01,2026-01-14,30.100000,-98.200000\n"
        "north,2026-01-15,2026-02-28,30.120000,-98.200000\n"
    )
    import_deployments(tmp_path / "cameras.csv")
    import_detections(
        tmp_path / "table.csv",
        actor=get_user_model().objects.create(username="ann"),
        options=ImportOptions(root=tmp_path / "photos"),
    )
    return list(Detection.objects.order_by("image__captured_at"))


def test_two_winters_of_five_deer(two_winters: list[Detection], tmp_path: Path) -> None:
    file = package(spec(*two_winters))
    rows = table(file, "observations")
    assert len(ingested(file)) == 10
    assert len([row for row in rows if row["observationLevel"] == "media"]) == 30
    assert individuals(rows) == {
        (name, "Odocoileus virginianus", "adult", "male") for name in NAMES
    }
    deployments = {row["deploymentID"]: row for row in table(file, "deployments")}
    assert {row["latitude"]: row["deploymentStart"][:10] for row in deployments.values()} == {
        "30.1": "2025-12-01",
        "30.12": "2026-01-15",
    }
    for row in table(file, "media") + rows:
        day = (row.get("timestamp") or row["eventStart"])[:10]
        latitude = deployments[row["deploymentID"]]["latitude"]
        assert latitude == {"2026-01-03": "30.1", "2026-02-03": "30.12"}[day]
    assert loaded(file, "datapackage")["spatial"]["coordinates"] == [[-98.2, 30.1], [-98.2, 30.12]]
    assert problems(file, tmp_path) == []


def test_the_table_of_an_archive_opens_right_in_a_spreadsheet(two_winters: list[Detection]) -> None:
    out = io.BytesIO()
    asked = ArchiveSpec(tuple(row.pk for row in two_winters), False, True, 300)
    write_archive(asked, out, ignore_progress)
    content = zipfile.ZipFile(out).read("metadata.csv")
    assert content.startswith(b"\xef\xbb\xbfdetection_id,")
    names = {row["deer_name"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    assert names == {"Pe\u00f1a", "'=Gus", "'-12", "Old Gus, Jr", "007"}


def test_an_event_has_a_row_a_deer_and_a_row_a_class_without_one(tmp_path: Path) -> None:
    gate = camera("Gate")
    encounter = Encounter.objects.create(
        camera=gate, started_at=make.NOON, ended_at=make.later(minutes=2)
    )
    gus, mia = make.deer("Gus"), make.deer("Mia", sex="doe")
    first = make.image(camera=gate, with_file=True, encounter=encounter)
    second = make.image(
        camera=gate, with_file=True, encounter=encounter, captured_at=make.later(minutes=2)
    )
    number = iter(range(100))

    def box(image: Any, sighting: Any, **fields: Any) -> Detection:
        return make.detection(image=image, sighting=sighting, x=next(number), **fields)

    of_gus, of_mia, doe, other_doe, pig = (make.sighting(encounter) for _ in range(5))
    rows = [
        box(first, of_gus, deer=gus, classification="buck"),
        box(second, of_gus, deer=gus, classification="unknown_deer"),
        box(second, of_gus, classification="unknown_deer"),  # not yet identified, in Gus's sighting
        box(second, of_mia, deer=mia, classification="unknown_deer"),
        box(first, doe, classification="doe"),
        box(second, doe, classification="unknown_deer"),
        box(second, other_doe, classification="doe"),
        box(second, pig, classification="pig"),
    ]
    file = package(spec(*rows))
    events = [row for row in table(file, "observations") if row["observationLevel"] == "event"]
    columns = ("individualID", "scientificName", "count", "sex", "lifeStage")
    assert sorted(tuple(row[name] for name in columns) for row in events) == [
        ("", "Odocoileus virginianus", "2", "female", "adult"),
        ("", "Sus scrofa", "1", "", ""),
        ("Gus", "Odocoileus virginianus", "1", "male", "adult"),
        ("Mia", "Odocoileus virginianus", "1", "female", ""),
    ]
    for row in events:
        assert row["mediaID"] == row["bboxX"] == row["bboxWidth"] == ""
    shared = {
        (row["eventID"], row["eventStart"], row["eventEnd"]) for row in table(file, "observations")
    }
    assert shared == {(str(encounter.pk), "2025-10-01T12:00:00+00:00", "2025-10-01T12:02:00+00:00")}
    assert problems(file, tmp_path) == []


@pytest.mark.parametrize(
    ("known", "classes", "sex"),
    [
        ("unknown", ["unknown_deer", "buck"], "male"),
        ("unknown", ["doe", "buck", "buck"], "male"),
        ("unknown", ["doe", "buck"], ""),
        ("buck", ["doe", "unknown_deer"], "male"),
        ("unknown", ["unknown_deer"], ""),
    ],
)
def test_a_deer_has_one_sex(known: str, classes: list[str], sex: str) -> None:
    gate, gus = camera("Gate"), make.deer("Gus", sex=known)
    rows = [seen(gate, deer=gus, classification=name) for name in classes]
    assert {row["sex"] for row in table(package(spec(*rows)), "observations")} == {sex}


def test_photographs_that_are_not_exported_tell_the_sex_too() -> None:
    gate, gus = camera("Gate"), make.deer("Gus")
    seen(gate, deer=gus, classification="buck")
    silent = seen(gate, deer=gus, classification="unknown_deer")
    assert individuals(table(package(spec(silent)), "observations")) == {
        ("Gus", "Odocoileus virginianus", "adult", "male")
    }


def test_a_fawn_grows_up_with_the_years() -> None:
    gate, gus = camera("Gate"), make.deer("Gus")
    rows = [
        seen(gate, make.NOON, deer=gus, classification="fawn"),
        seen(gate, make.later(days=1), deer=gus, classification="unknown_deer"),
        seen(gate, make.later(days=400), deer=gus, classification="buck"),
    ]
    told = [row for row in table(package(spec(*rows)), "observations") if row["mediaID"]]
    assert [row["lifeStage"] for row in told] == ["juvenile", "juvenile", "adult"]
    assert {row["sex"] for row in told} == {"male"}


def test_a_visit_parts_two_deployments_by_its_time() -> None:
    gate = camera("Gate")
    Deployment.objects.create(
        camera=gate,
        started_on=date(2025, 9, 1),
        ended_on=date(2025, 10, 1),
        latitude=Decimal(1),
        longitude=Decimal(2),
    )
    Deployment.objects.create(
        camera=gate,
        started_on=date(2025, 10, 1),
        started_at=time(12, 30),
        latitude=Decimal(3),
        longitude=Decimal(4),
    )
    rows = [seen(gate), seen(gate, make.NOON + timedelta(hours=1))]
    file = package(spec(*rows))
    deployments = {row["deploymentID"]: row for row in table(file, "deployments")}
    assert [deployments[row["deploymentID"]]["latitude"] for row in table(file, "media")] == [
        "1",
        "3",
    ]
    first, second = sorted(deployments.values(), key=lambda row: row["latitude"])
    assert first["deploymentEnd"] == second["deploymentStart"] == "2025-10-01T12:30:00+00:00"


def test_a_camera_whose_deployments_have_places_needs_none_of_its_own() -> None:
    gate = make.camera("Gate")
    Deployment.objects.create(
        camera=gate, started_on=date(2025, 9, 1), latitude=Decimal(1), longitude=Decimal(2)
    )
    row = seen(gate)
    assert cameras_without_coordinates([row.pk]) == []
    (deployment,) = table(package(spec(row)), "deployments")
    assert (deployment["latitude"], deployment["longitude"]) == ("1", "2")


def test_contributors_and_licences_are_settings(settings, tmp_path: Path) -> None:
    settings.CAMTRAP_CONTRIBUTORS = [{"title": "Ann", "email": "a@b.org", "role": "contact"}]
    settings.CAMTRAP_LICENSES = [
        {"name": "CC0-1.0", "scope": "data"},
        {"path": "https://creativecommons.org/licenses/by/4.0/", "scope": "media"},
    ]
    file = package(spec(seen(camera("Gate"))))
    told = json.loads(file.read("datapackage.json"))
    assert told["contributors"][1:] == settings.CAMTRAP_CONTRIBUTORS
    assert told["licenses"] == settings.CAMTRAP_LICENSES
    assert problems(file, tmp_path) == []


def test_a_deer_whose_profile_goes_meanwhile_fails_no_package() -> None:
    gus = make.deer("Gus")
    row = seen(camera("Gate"), deer=gus)
    sources = read_sources((row.pk,), gus.hide)
    assert sources.observed[row.pk].individual == "Gus"


@pytest.mark.parametrize(
    ("boxes", "counted"),
    [
        ([("buck", 0.9), ("doe", 0.3), ("doe", 0.4)], "buck"),
        ([("animal", 0.9), ("unknown_deer", 0.3)], "unknown_deer"),
    ],
)
def test_an_animal_is_of_the_class_that_reports_count_it_under(
    boxes: list[tuple[str, float]], counted: str
) -> None:
    gate, of = camera("Gate"), make.sighting()
    rows = [seen(gate, sighting=of, classification=name, confidence=sure) for name, sure in boxes]
    (event,) = ingested(package(spec(*rows)))
    assert event["observationTags"] == f"class:{counted}"
