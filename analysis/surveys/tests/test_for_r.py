"""Files of a survey for R: what counted is in them, base R reads them, and one survey makes the same bytes again."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from analysis.surveys import services
from analysis.surveys.for_r import NotWritable, Package, files_for, zipped
from analysis.surveys.material import CameraEffort, Captured, Material
from analysis.tests.rscript import run_r, with_r
from reid.models import Deployment
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

START = date(2025, 10, 1)
DAYS = [START + timedelta(days=number) for number in range(7)]
READ = """
for (file in list.files(commandArgs(TRUE)[1], full.names = TRUE)) {
  x <- if (grepl("[.]R$", file)) parse(file) else if (grepl("csv$", file)) read.csv(file) else read.table(file)
  cat(basename(file), length(dim(x)), nrow(x), "\\n")
}
"""


def captured(deer: str, camera: str, day: date) -> Captured:
    return Captured(deer, f"key of {deer}", camera, day, 1, 1, ("left",), ())


@pytest.fixture
def material() -> Material:
    """Two cameras for seven days, one of them without its third and fourth day; occasions of three days are two, and a day is left."""
    broken = tuple(day for day in DAYS if day not in DAYS[2:4])
    return Material(
        start=START,
        end=DAYS[-1],
        cameras=[
            CameraEffort("North pond", (30.0, -98.0), tuple(DAYS), (), is_estimated=False),
            CameraEffort("Elm", (30.01, -98.0), broken, (), is_estimated=False),
            CameraEffort("In the shed", None, (), (), is_estimated=False),
        ],
        captures=[
            captured("Old Tom", "North pond", DAYS[0]),
            captured("Old Tom", "Elm", DAYS[4]),
            captured("Bo", "Elm", DAYS[2]),  # the camera did not run
            captured("Bo", "North pond", DAYS[6]),  # after the last whole occasion
        ],
        sexes={"Old Tom": "buck", "Bo": "doe"},
        classes={},
    )


def test_secr_gets_captures_and_days_of_effort(material: Material) -> None:
    files = files_for(Package.SECR, material, 3, "autumn 2025")
    assert files["captures.txt"].splitlines()[1:] == [
        "autumn_2025 Old_Tom 1 North_pond",
        "autumn_2025 Old_Tom 2 Elm",
    ]
    assert [
        line.split()[0:1] + line.split()[3:] for line in files["traps.txt"].splitlines()[1:]
    ] == [
        ["Elm", "2", "2"],
        ["North_pond", "3", "3"],
    ]
    assert "noccasions = 2" in files["read.R"]


def test_camtrapr_gets_what_counted_and_when_a_camera_did_not_run(material: Material) -> None:
    files = files_for(Package.CAMTRAPR, material, 3, "autumn")
    assert files["records.csv"].splitlines()[1:] == [
        '"North pond","deer","Old Tom","buck","2025-10-01 12:00:00","2025-10-01","12:00:00"',
        '"Elm","deer","Old Tom","buck","2025-10-05 12:00:00","2025-10-05","12:00:00"',
    ]
    elm, pond = files["stations.csv"].splitlines()[1:]
    assert elm.endswith('"2025-10-01","2025-10-07","2025-10-03","2025-10-04"')
    assert pond.endswith('"2025-10-01","2025-10-07","NA","NA"')
    assert "hasProblems = TRUE" in files["read.R"]
    assert "occasionLength = 3" in files["read.R"]


def test_without_a_place_secr_is_refused_and_the_others_are_not(material: Material) -> None:
    cameras = [replace(camera, place=None) for camera in material.cameras]
    nowhere = replace(material, cameras=cameras)
    with pytest.raises(NotWritable, match="give Elm, North pond a place"):
        files_for(Package.SECR, nowhere, 3, "autumn")
    assert '"Elm","NA","NA"' in files_for(Package.CAMTRAPR, nowhere, 3, "autumn")["stations.csv"]
    assert files_for(Package.UNMARKED, nowhere, 3, "autumn")["sites.csv"].splitlines()[1:] == [
        '"Elm","0","1","2","2"',
        '"North pond","1","0","3","3"',
    ]


@with_r
@pytest.mark.parametrize("package", Package)
def test_base_r_reads_every_file(tmp_path: Path, material: Material, package: Package) -> None:
    files = files_for(package, material, 3, "autumn")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    printed = run_r(READ, tmp_path).splitlines()
    assert [line.split()[0] for line in printed] == sorted(files, key=str.lower)
    assert [line.split()[1:] for line in printed if ".R " not in line] == [["2", "2"]] * (
        len(files) - 1
    )


def test_an_archive_of_the_same_survey_is_the_same(material: Material) -> None:
    files = files_for(Package.UNMARKED, material, 3, "autumn")
    assert zipped(files) == zipped(files)
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == files


@pytest.mark.django_db
def test_the_command_writes_into_a_folder_and_says_what_is_missing(tmp_path: Path) -> None:
    camera = make.camera("oak", latitude=30, longitude=-98)
    Deployment.objects.create(camera=camera, started_on=START, ended_on=DAYS[-1])
    services.make(name="autumn", start=START, end=DAYS[-1], occasion_days=3)
    folder = tmp_path / "new" / "folder"
    call_command("export_survey", str(folder), "--survey", "Autumn", "--to", "secr")
    assert sorted(path.name for path in folder.iterdir()) == ["captures.txt", "read.R", "traps.txt"]
    with pytest.raises(CommandError, match="There are: autumn"):
        call_command("export_survey", str(folder), "--survey", "spring", "--to", "secr")
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_survey", str(tmp_path / "file"), "--survey", "autumn", "--to", "secr")
