"""Camtrap DP packages as other programs write them: in the structure of the standard's own example.

Columns, order and kinds of values are those of https://github.com/tdwg/camtrap-dp/tree/main/example (1.0): rows of
events stand beside rows of single media, without boxes, with times in UTC and deployments with offsets.
"""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest

from reid.importing.formats import registry
from reid.importing.formats.packages import camtrap_dp, events, own_marks
from reid.importing.formats.packages.observed import BAD_SHARE, HALF_A_BOX
from reid.importing.formats.packages.tests.packages import BOX, PROFILE, media, observed
from reid.importing.formats.packages.tests.reading import imported, items, rows
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.reading import words
from reid.importing.rows import Note, Refusal, RefusalReason, Row, Skip, SourceProblem
from reid.models import Deployment, Detection, Image, Import

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db  # the names that words are compared with


def test_a_folder_an_archive_and_a_descriptor_are_recognised(package, tmp_path: Path) -> None:
    folder = package([media("a")], [observed("a")])
    archive = tmp_path / "mica.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(folder / "datapackage.json", "mica-1.0/datapackage.json")
    for path in (folder, archive, folder / "datapackage.json"):
        assert registry.recognise(path) is camtrap_dp.FORMAT


def test_observations_of_media_are_rows(package) -> None:
    folder = package(
        [media("a"), media("b", 40), media("c", 41), media("d", 42), media("e", 43)],
        [
            observed(),
            observed("a", individualID="Gus", sex="male", lifeStage="adult", **BOX),
            observed("a", sex="female", bboxX="0", bboxY="0", bboxWidth="0.2", bboxHeight="1"),
            observed("b", observationType="blank", scientificName=""),
            observed("c", observationType="unclassified", scientificName=""),
            observed("d", observationType="human", scientificName="Homo sapiens"),
        ],
    )
    first, second, blank, unseen, person, unmentioned = rows(folder)
    assert (first.path, first.camera) == ("media/a.JPG", "B_HS_val 2_processiepark")
    assert first.captured_at == "2020-05-30T02:57:37Z"
    assert (first.deer, classes_of(first), first.confidence) == ("Gus", ["buck"], 1.0)
    assert first.area is not None and first.area.relative
    assert (first.area.x, first.area.height) == (0.25, 0.25)
    assert (second.deer, classes_of(second)) == ("", ["doe"])
    assert (blank.area, blank.looked) == (None, True)
    assert (unseen.area, unseen.looked) == (None, False)
    assert classes_of(person) == ["person"]
    assert (unmentioned.path, unmentioned.area, unmentioned.looked) == ("media/e.JPG", None, False)
    assert [item for item in items(folder) if not isinstance(item, Row)] == [
        Skip(events.EVENT_COVERED)
    ]


@pytest.mark.parametrize(
    ("name", "cells", "classification"),
    [
        ("Odocoileus virginianus", {}, "unknown_deer"),
        ("Odocoileus virginianus", {"lifeStage": "juvenile", "sex": "male"}, "fawn"),
        ("Odocoileus hemionus", {"sex": "female"}, "doe"),
        ("Cervidae", {}, "unknown_deer"),
        ("Canis latrans", {}, "coyote"),
        ("Vulpes vulpes", {"sex": "male"}, "other"),
        ("Animalia", {}, "animal"),
        ("", {}, "animal"),
    ],
)
def test_taxa_become_classes(
    package, name: str, cells: dict[str, str], classification: str
) -> None:
    (row,) = rows(package([media("a")], [observed("a", scientificName=name, **cells)]))
    assert classes_of(row) == [classification]
    assert row.label.startswith(name or "animal")


def test_a_machine_has_a_name_and_a_probability(package) -> None:
    machine = {"classificationMethod": "machine", "classifiedBy": "MegaDetector 5a"}
    (row,) = rows(
        package([media("a")], [observed("a", classificationProbability="0.87", **machine)])
    )
    assert (row.detector, row.confidence) == ("MegaDetector 5a", 0.87)


def test_tags_of_other_programs_mean_nothing(package) -> None:
    (row,) = rows(package([media("a")], [observed("a", observationTags="class:pig | flank:left")]))
    assert (classes_of(row), row.flank) == (["unknown_deer"], "unknown")


def test_an_event_of_one_animal_is_taken_where_its_media_have_no_rows(package) -> None:
    folder = package(
        [media("a", 37), media("b", 44), media("c", 45)],
        [observed(individualID="Gus", sex="male")],
    )
    assert [(row.path, row.deer, row.looked) for row in rows(folder)] == [
        ("media/a.JPG", "Gus", True),
        ("media/b.JPG", "Gus", True),
        ("media/c.JPG", "", False),
    ]


def test_an_event_of_several_animals_does_not_say_which_photograph_shows_which(package) -> None:
    folder = package(
        [media("a")],
        [observed(sex="female"), observed(lifeStage="juvenile", count="9")],
    )
    note, row = items(folder)
    assert isinstance(note, Note) and note.kind == events.EVENT_UNCLEAR
    assert isinstance(row, Row) and (row.area, row.looked) == (None, False)


def test_an_event_without_photographs_and_media_that_are_none_are_named(package) -> None:
    folder = package(
        [media("a")],
        [
            observed(eventStart="2021-01-01T00:00:00Z", eventEnd="2021-01-01T00:00:09Z"),
            observed("z"),
        ],
    )
    texts = [item.text for item in items(folder) if isinstance(item, Refusal)]
    assert sorted(texts) == [
        "the package has no media 'z'",
        "the package has no photograph of this event",
    ]


def test_addresses_and_videos_are_refused_by_name(package) -> None:
    address = "https://multimedia.agouti.eu/assets/3e65dfaa/file"
    folder = package(
        [media("a", filePath=address), media("b", fileMediatype="video/mp4")], [observed("a")]
    )
    assert [(item.reason, item.path) for item in items(folder) if isinstance(item, Refusal)] == [
        (RefusalReason.MISSING, address),
        (RefusalReason.VIDEO, "media/b.JPG"),
    ]


def test_two_animals_without_boxes_on_one_photograph_are_one_row(package) -> None:
    folder = package(
        [media("a")], [observed("a", sex="female"), observed("a", lifeStage="juvenile")]
    )
    row, skip = sorted(items(folder), key=lambda item: isinstance(item, Skip))
    assert isinstance(row, Row) and classes_of(row) == ["doe"]
    assert skip == Skip(camtrap_dp.NO_BOX)


def test_of_animals_without_boxes_the_deer_is_taken_and_a_person_before_it(package) -> None:
    cow, deer = observed("a", scientificName="Bos taurus"), observed("a")
    person = observed("a", observationType="human", scientificName="Homo sapiens")
    for observations, taken in (([cow, deer], "unknown_deer"), ([cow, deer, person], "person")):
        row = next(
            item for item in items(package([media("a")], observations)) if isinstance(item, Row)
        )
        assert classes_of(row) == [taken]


@pytest.mark.usefixtures("media_root")
def test_a_class_of_its_own_that_nobody_knows_is_noted_and_kept(package) -> None:
    """Somebody edited the tags of a package that Thumper wrote."""
    folder = package(
        [media("a")],
        [observed("a", observationTags="class:griffin | flank:left", **BOX)],
        sources=[{"title": own_marks.PROGRAM}],
    )
    (row,) = rows(folder)
    assert (row.label, row.flank, classes_of(row)) == ("griffin", "left", ["animal"])
    report = imported(folder)
    assert (report.detections, report.refusals) == (1, ())
    assert report.notes[words.KIND_CLASS] == 1
    assert any("'griffin'" in text for text in report.warnings)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"bboxX": "0.5"}, HALF_A_BOX),
        (BOX | {"bboxX": "120"}, BAD_SHARE.format(name="bboxX", text="120")),
        (BOX | {"bboxWidth": "nan"}, BAD_SHARE.format(name="bboxWidth", text="nan")),
    ],
)
def test_a_box_that_is_none_is_refused_and_its_photograph_stays(
    package, cells: dict[str, str], text: str
) -> None:
    refusal, row = items(package([media("a")], [observed("a", **cells)]))
    assert isinstance(refusal, Refusal) and refusal.text == text
    assert isinstance(row, Row) and row.area is None


@pytest.mark.parametrize(
    ("profile", "problem"),
    [
        (
            "https://raw.githubusercontent.com/tdwg/camtrap-dp/0.6/camtrap-dp-profile.json",
            "version 0.6",
        ),
        ("camtrap-dp", "version unknown"),
    ],
)
def test_other_versions_are_refused_by_name(package, profile: str, problem: str) -> None:
    folder = package([media("a")], [observed("a")], profile=profile)
    with pytest.raises(SourceProblem, match=problem):
        items(folder)


def test_a_newer_minor_version_is_read_with_a_note(package) -> None:
    folder = package([media("a")], [observed("a")], profile=PROFILE.replace("1.0", "1.1"))
    note, row = items(folder)
    assert isinstance(note, Note) and note.kind == camtrap_dp.NEWER_VERSION
    assert isinstance(row, Row)


def test_a_table_that_lacks_is_named(package) -> None:
    folder = package([media("a")], [observed("a")])
    (folder / "media.csv").unlink()
    with pytest.raises(SourceProblem, match="without a readable table media"):
        items(folder)
    (folder / "media.csv").write_text("mediaID\na\n")
    with pytest.raises(SourceProblem, match="table media has no column deploymentID"):
        items(folder)


def test_a_descriptor_that_is_no_json_is_refused(package) -> None:
    folder = package([media("a")], [observed("a")])
    (folder / "datapackage.json").write_text('{"profile": "camtrap-dp')
    with pytest.raises(SourceProblem, match="is not JSON"):
        items(folder)


@pytest.mark.usefixtures("media_root")
def test_a_package_of_another_program_is_imported(package, settings) -> None:
    settings.TIME_ZONE = "Europe/Brussels"
    folder = package(
        [media("a"), media("b", 40)],
        [observed("a", individualID="Reinaert", **BOX), observed("b", observationType="blank")],
    )
    report = imported(folder)
    assert report.refusals == ()
    assert (report.images, report.detections, report.deployments) == (2, 1, 1)
    detection = Detection.objects.get()
    assert (detection.x, detection.y, detection.width, detection.height) == (160, 240, 320, 120)
    assert detection.deer is not None and detection.deer.name == "Reinaert"
    assert detection.image.captured_at == datetime(2020, 5, 30, 2, 57, 37, tzinfo=UTC)
    stay = Deployment.objects.get()
    assert (stay.camera.name, stay.started_on, stay.started_at) == (
        "B_HS_val 2_processiepark", date(2020, 5, 30), time(4, 57, 37),
    )  # fmt: skip
    assert Import.objects.get().source_format == "camtrap-dp"


@pytest.mark.usefixtures("media_root")
def test_an_archive_is_unpacked_as_far_as_it_is_needed_and_paths_stay_inside(
    package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    folder = package([media("a"), media("b", filePath="../b.JPG")], [observed("a")])
    archive = tmp_path / "mica.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in folder.rglob("*.*"):
            file.write(path, f"export/{path.relative_to(folder).as_posix()}")
        file.writestr("export/../b.JPG", b"outside")
    report = imported(archive)
    assert (report.images, sum(report.refused.values())) == (1, 1)
    assert Image.objects.get().path == "mica/media/a.JPG"
    assert list((tmp_path / "temporary").iterdir()) == []  # nothing is left behind
    monkeypatch.setattr(
        camtrap_dp.CamtrapSource, "stations", lambda self: (_ for _ in ()).throw(OSError("gone"))
    )
    with pytest.raises(OSError, match="gone"):
        imported(archive)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "mica.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("datapackage.json", json.dumps({"profile": PROFILE}))
    content = bytearray(archive.read_bytes())
    content[40] ^= 0xFF  # in the member's name of the local header
    archive.write_bytes(bytes(content))
    with pytest.raises(SourceProblem):
        imported(archive)
    assert not Import.objects.exists()
