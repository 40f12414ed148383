"""Camtrap DP packages: valid as they are, true to the store, and silent about what may not leave.

The package is validated by frictionless, exactly as a user gets it: every address that it refers to is
answered from the schemas beside this file, and any other one is an error.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID, uuid4

import frictionless
import numpy as np
import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from frictionless.settings import GEOJSON_PROFILE
from PIL import ExifTags
from PIL import Image as PILImage

from exports.archive.crops_zip import DELETED, PRIVATE_CLASS, NothingExported
from exports.camtrap.deployments import DERIVED, STILL_RUNNING
from exports.camtrap.package_zip import NOTHING_LEFT, write_camtrap
from exports.camtrap.sources import (
    DETECTOR,
    IMPORTED,
    INVALID,
    NO_CAMERA,
    NO_COORDINATES,
    REVIEWER,
    UNTIMED,
    WITHHELD,
)
from exports.requests.specs import ArchiveFormat, ArchiveSpec
from reid.models import Deployment
from reid.tests import make

if TYPE_CHECKING:
    from reid.models import Camera, Detection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

SCHEMAS = Path(__file__).parent / "schemas" / "camtrap-dp-1.0.2"
UPSTREAM = "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/"
WHITETAIL = "Odocoileus virginianus"
SECRET = "N 30 deg 7' 24.4416''"


class Offline:
    """Answers frictionless as the network would, from vendored files alone."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def get(self, url: str, **_: object) -> Self:
        self.asked.add(url)
        if url == "http://json.schemastore.org/geojson.json":
            self.raw = _Body(json.dumps(GEOJSON_PROFILE).encode())
        elif url == "https://specs.frictionlessdata.io/schemas/data-package.json":
            self.raw = _Body((SCHEMAS / "data-package.json").read_bytes())
        elif url.startswith(UPSTREAM):
            self.raw = _Body((SCHEMAS / url.removeprefix(UPSTREAM)).read_bytes())
        else:
            raise LookupError(f"the package refers to {url}")
        return self

    def raise_for_status(self) -> None:
        """There is always an answer, or an exception."""

    def close(self) -> None:
        """Nothing is open."""


class _Body(io.BytesIO):
    decode_content = False


def spec(*detections: Detection | UUID, decimals: int | None = None) -> ArchiveSpec:
    ids = tuple(item if isinstance(item, UUID) else item.pk for item in detections)
    return ArchiveSpec(
        ids, True, True, 300, "Autumn", ArchiveFormat.CAMTRAP_DP, coordinate_precision=decimals
    )


def ignore_progress(done: int, total: int) -> None:
    """For tests that are about the files."""


def package(of: ArchiveSpec) -> zipfile.ZipFile:
    out = io.BytesIO()
    write_camtrap(of, out, ignore_progress)
    return zipfile.ZipFile(out)


def problems(file: zipfile.ZipFile, tmp_path: Path) -> list[Any]:
    """What frictionless finds wrong with the package, its profile, tables and keys."""
    file.extractall(tmp_path / "package")
    network = Offline()
    with frictionless.system.use_context(trusted=True, http_session=network):
        report = frictionless.validate(str(tmp_path / "package" / "datapackage.json"))
    assert f"{UPSTREAM}camtrap-dp-profile.json" in network.asked
    found: list[Any] = report.flatten(["resourceName", "rowNumber", "fieldName", "type", "note"])
    return found


def table(file: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read(f"{name}.csv").decode(), newline="")))


def filled(row: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in row.items() if value}


def loaded(file: zipfile.ZipFile, name: str) -> Any:
    return json.loads(file.read(f"{name}.json"))


def reasons(file: zipfile.ZipFile) -> dict[str, str | None]:
    items = loaded(file, "manifest")["items"]
    return {item["detection_id"]: item.get("reason") for item in items}


def camera(name: str, latitude: str = "30.123456", longitude: str = "-98.765432") -> Camera:
    return make.camera(name, latitude=Decimal(latitude), longitude=Decimal(longitude))


def seen(at: Camera, captured_at: datetime = make.NOON, **fields: Any) -> Detection:
    """A detection on a photograph of its own."""
    image = make.image(camera=at, captured_at=captured_at, with_file=True)
    return make.detection(image=image, **fields)


def save(path: str, file_format: str, mode: str = "RGB", **options: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    picture = PILImage.fromarray(pixels).convert(mode)
    picture.save(Path(django_settings.MEDIA_ROOT) / path, file_format, **options)


def position() -> PILImage.Exif:
    exif = PILImage.Exif()
    exif[ExifTags.Base.ImageDescription] = SECRET
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSAreaInformation] = SECRET.encode()
    return exif


@pytest.fixture
def season(settings) -> list[Detection]:
    """Every case that a package knows, on three cameras."""
    settings.TIME_ZONE, settings.RANCH_NAME = "America/Chicago", "Rocking <J>"
    gate, creek, ridge = camera("=North gate"), camera("Creek", "-0.5", "179.99"), camera("Ridge")
    Deployment.objects.create(camera=gate, started_on=date(2025, 9, 1), ended_on=date(2025, 11, 30))
    Deployment.objects.create(camera=creek, started_on=date(2025, 9, 15))
    reviewer = get_user_model().objects.create(username="ann")
    gus = make.deer('-Gus, the "old" one', sex="buck")
    mia = make.deer("Mia", sex="doe")
    run = make.run(make.scorer())
    auto = seen(
        gate, classification="buck", deer=gus, identity_source="auto", flank="left", confidence=0.5
    )
    make.score(auto, gus, 8765, run, threshold_used=7000)
    pair = make.detection(image=auto.image, x=200, y=100, classification="doe")
    reviewed = seen(
        gate,
        make.later(days=40, microseconds=5),
        classification="unknown_deer",
        corrected_classification="fawn",
        deer=mia,
        identity_source="reviewed",
        reviewed_by=reviewer,
        reviewed_at=make.later(days=60),
    )
    others = [
        seen(creek, make.later(hours=hour), classification=kind)
        for hour, kind in enumerate(("coyote", "turkey", "animal", "unknown_deer"))
    ]
    edge = seen(ridge, classification="doe", x=270, y=200, width=100, height=100)
    outside_the_stay = seen(gate, make.later(days=-60))
    return [auto, pair, reviewed, *others, edge, outside_the_stay]


@pytest.mark.parametrize("decimals", [None, 2, 0])
def test_a_package_is_valid(season: list[Detection], tmp_path: Path, decimals: int | None) -> None:
    assert problems(package(spec(*season, decimals=decimals)), tmp_path) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "error"),
    [
        ("observations.csv", ",female,", ",doe,", "constraint-error"),
        ("observations.csv", ",0.84375,", ",1.84375,", "constraint-error"),
        ("observations.csv", ",media,animal,", ",media,deer,", "constraint-error"),
        ("media.csv", "-05:00,media", ",media", "type-error"),
        ("media.csv", "-derived-", "-lost-", "foreign-key"),
        ("media.csv", ",media/", ",../media/", "constraint-error"),
        ("deployments.csv", ",30.123456,", ",,", "constraint-error"),
        ("datapackage.json", '"opportunistic"', '"random"', "package-error"),
        ("datapackage.json", '"MultiPoint"', '"Points"', "package-error"),
        ("datapackage.json", '"individualAnimals": true,', "", "package-error"),
        ("datapackage.json", "camtrap-dp/1.0.2/media", "camtrap-dp/1.0.1/media", "package-error"),
    ],
)
def test_the_validation_would_notice(
    season: list[Detection], tmp_path: Path, name: str, right: str, wrong: str, error: str
) -> None:
    good, out = package(spec(*season)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as bad:
        for member in good.namelist():
            data = good.read(member)
            if member == name:
                assert right.encode() in data
                data = data.replace(right.encode(), wrong.encode())
            bad.writestr(member, data)
    found = {line[3] for line in problems(zipfile.ZipFile(out), tmp_path)}
    assert error in found


def test_the_files_of_a_package(season: list[Detection]) -> None:
    file = package(spec(*season))
    assert file.testzip() is None
    names = file.namelist()
    assert names[-5:] == [
        "deployments.csv",
        "media.csv",
        "observations.csv",
        "datapackage.json",
        "manifest.json",
    ]
    first = season[0].image
    assert names[0] == f"media/{first.pk}.jpg"
    original = (Path(django_settings.MEDIA_ROOT) / first.path).read_bytes()
    assert file.read(names[0]) == original
    assert file.getinfo(names[0]).compress_type == zipfile.ZIP_STORED
    assert len(names) == len({row.image_id for row in season}) + 5


def test_an_observation_of_the_machine(season: list[Detection]) -> None:
    auto = season[0]
    row = table(package(spec(*season)), "observations")[0]
    assert auto.sighting is not None
    assert filled(row) == {
        "observationID": str(auto.pk),
        "deploymentID": str(Deployment.objects.get(camera__name="=North gate").pk),
        "mediaID": str(auto.image_id),
        "eventID": str(auto.sighting.encounter_id),
        "eventStart": "2025-10-01T07:00:00-05:00",
        "eventEnd": "2025-10-01T07:00:00-05:00",
        "observationLevel": "media",
        "observationType": "animal",
        "scientificName": WHITETAIL,
        "count": "1",
        "lifeStage": "adult",
        "sex": "male",
        "individualID": '-Gus, the "old" one',
        "bboxX": "0.03125",
        "bboxY": "0.0416666667",
        "bboxWidth": "0.3125",
        "bboxHeight": "0.4166666666",
        "classificationMethod": "machine",
        "classifiedBy": DETECTOR,
        "classificationProbability": "0.5000",
        "observationTags": "class:buck | flank:left | identitySource:auto | similarityScore:0.8765"
        f" | threshold:0.7000 | embeddingSpace:{auto.scores.get().scorer.fingerprint}"
        f" | scorer:embedding | scorerFingerprint:{auto.scores.get().scorer.fingerprint}",
    }


def test_a_certified_name_is_said_to_be_certified_for_its_batch() -> None:
    certified = seen(camera("Gate"), deer=make.deer("Gus"), identity_source="certified")
    row = table(package(spec(certified)), "observations")[0]
    assert (row["individualID"], row["classificationMethod"]) == ("Gus", "machine")
    assert "identitySource:certified for this batch" in row["observationTags"]


def test_an_observation_of_a_person(season: list[Detection]) -> None:
    row = table(package(spec(*season)), "observations")[2]
    assert row["individualID"] == "Mia"
    assert (row["sex"], row["lifeStage"]) == ("female", "juvenile")
    assert (row["classificationMethod"], row["classifiedBy"]) == ("human", "ann")
    assert row["classificationTimestamp"] == "2025-11-30T06:00:00-06:00"
    assert row["classificationProbability"] == ""  # a person has no detector's confidence
    assert row["observationTags"] == "class:fawn | identitySource:reviewed"


def test_of_an_imported_identity_nobody_knows_who_gave_it() -> None:
    row = table(package(spec(seen(camera("Gate"), deer=make.deer("Gus")))), "observations")[0]
    assert (row["individualID"], row["classifiedBy"]) == ("Gus", IMPORTED)
    assert row["classificationMethod"] == row["classificationProbability"] == ""


def test_a_corrected_class_is_a_persons_also_where_nobody_is_named() -> None:
    corrected = seen(camera("Gate"), corrected_classification="coyote")
    row = table(package(spec(corrected)), "observations")[0]
    assert row["scientificName"] == "Canis latrans"
    assert (row["classificationMethod"], row["classifiedBy"]) == ("human", REVIEWER)


def test_an_event_is_the_encounter(season: list[Detection]) -> None:
    auto = season[0]
    assert auto.sighting is not None
    encounter = auto.sighting.encounter
    encounter.ended_at = make.later(minutes=4)
    encounter.save()
    row = table(package(spec(auto)), "observations")[0]
    assert row["eventStart"] == "2025-10-01T07:00:00-05:00"
    assert row["eventEnd"] == "2025-10-01T07:04:00-05:00"


def test_a_photograph_without_encounter_is_its_own_event() -> None:
    image = make.image(camera=camera("Gate"), with_file=True)
    row = table(package(spec(make.detection(image=image, sighting=None))), "observations")[0]
    assert row["eventID"] == str(image.pk)
    assert row["eventStart"] == row["eventEnd"] == "2025-10-01T12:00:00+00:00"


@pytest.mark.parametrize("name", ["deployments", "media", "observations"])
def test_the_columns_are_the_standards(season: list[Detection], name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}-table-schema.json").read_text())
    rows = table(package(spec(*season)), name)
    assert list(rows[0]) == [field["name"] for field in schema["fields"]]


def test_media_rows(season: list[Detection]) -> None:
    rows = table(package(spec(*season)), "media")
    assert len(rows) == len(season) - 1  # two detections share a photograph
    image = season[0].image
    assert filled(rows[0]) == {
        "mediaID": str(image.pk),
        "deploymentID": str(Deployment.objects.get(camera__name="=North gate").pk),
        "timestamp": "2025-10-01T07:00:00-05:00",
        "filePath": f"media/{image.pk}.jpg",
        "filePublic": "false",
        "fileName": Path(image.path).name,
        "fileMediatype": "image/jpeg",
    }
    # Whole seconds, and the offset of the day: clocks have gone back.
    assert rows[1]["timestamp"] == "2025-11-10T06:00:00-06:00"


def test_deployments_are_stored_open_or_derived(season: list[Detection]) -> None:
    rows = {row["deploymentComments"]: row for row in table(package(spec(*season)), "deployments")}
    stored, still_running = rows[""], rows[STILL_RUNNING]
    assert stored["locationName"] == "=North gate"
    assert (stored["latitude"], stored["longitude"]) == ("30.123456", "-98.765432")
    assert stored["coordinateUncertainty"] == ""
    assert stored["deploymentStart"] == "2025-09-01T00:00:00-05:00"
    assert stored["deploymentEnd"] == "2025-11-30T23:59:59-06:00"
    assert still_running["locationName"] == "Creek"
    assert still_running["deploymentEnd"] == "2025-10-01T10:00:00-05:00"
    derived = [
        row["locationName"]
        for row in table(package(spec(*season)), "deployments")
        if row["deploymentComments"] == DERIVED
    ]
    assert sorted(derived) == ["=North gate", "Ridge"]


def test_the_descriptor(season: list[Detection], settings) -> None:
    settings.SAMPLING_DESIGN = "targeted"
    told = loaded(package(spec(*season)), "datapackage")
    assert told["title"] == "Autumn"
    assert told["contributors"] == [{"title": "Rocking <J>", "role": "rightsHolder"}]
    assert told["project"] == {
        "title": "Rocking <J>",
        "samplingDesign": "targeted",
        "captureMethod": ["activityDetection"],
        "individualAnimals": True,
        "observationLevel": ["media", "event"],
    }
    assert told["gbifIngestion"] == {"observationLevel": "event"}
    assert re.fullmatch(r"rocking-j-\d{14}", told["name"])
    assert "licenses" not in told
    assert told["spatial"] == {
        "type": "MultiPoint",
        "coordinates": [[-98.765432, 30.123456], [179.99, -0.5]],
    }
    assert told["temporal"] == {"start": "2025-08-02", "end": "2025-11-30"}
    assert [item["scientificName"] for item in told["taxonomic"]] == [
        "Animalia",
        "Canis latrans",
        "Meleagris gallopavo",
        WHITETAIL,
    ]
    assert "coordinatePrecision" not in told


@pytest.mark.parametrize(
    ("name", "more"),
    [
        (
            "Odocoileus hemionus",
            {"taxonRank": "species", "vernacularNames": {"eng": "mule deer"}},
        ),
        ("Rangifer tarandus caribou", {"taxonRank": "subspecies"}),
    ],
)
def test_the_taxon_is_a_setting(name: str, more: dict[str, Any], settings) -> None:
    settings.TAXON = name
    file = package(spec(seen(camera("Gate"))))
    assert table(file, "observations")[0]["scientificName"] == name
    assert loaded(file, "datapackage")["taxonomic"] == [{"scientificName": name} | more]


def test_coarse_positions_are_coarse_everywhere(season: list[Detection]) -> None:
    file = package(spec(*season, decimals=2))
    gate = next(row for row in table(file, "deployments") if "gate" in row["locationName"])
    assert (gate["latitude"], gate["longitude"]) == ("30.12", "-98.77")
    assert gate["coordinateUncertainty"] == "739"
    told = loaded(file, "datapackage")
    assert told["coordinatePrecision"] == 0.01
    assert told["spatial"]["coordinates"] == [[-98.77, 30.12], [179.99, -0.5]]
    everything = b"".join(file.read(name) for name in file.namelist())
    assert b"30.1234" not in everything


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_with_coarse_positions_photographs_do_not_carry_the_exact_one(file_format: str) -> None:
    """EXIF of every format that can hold a position; the pixels stay as they are."""
    path = f"exact.{file_format.lower()}"
    save(path, file_format, exif=position())
    image = make.image(path, camera=camera("Gate"))
    row = make.detection(image=image)
    exact, coarse = package(spec(row)), package(spec(row, decimals=1))
    one, other = exact.namelist()[0], coarse.namelist()[0]
    assert SECRET.encode() in exact.read(one)
    assert SECRET.encode() not in coarse.read(other)
    before, after = (
        np.asarray(PILImage.open(io.BytesIO(file.read(name))).convert("RGB"))
        for file, name in ((exact, one), (coarse, other))
    )
    assert np.array_equal(before, after)
    media_type = "image/jpeg" if file_format == "JPEG" else "image/png"
    assert table(coarse, "media")[0]["fileMediatype"] == media_type
    assert table(coarse, "media")[0]["filePath"] == other


def test_what_cannot_be_freed_of_its_position_stays_at_home() -> None:
    """A comment that claims to be longer than the file: viewers show the picture all the same."""
    save("odd.jpg", "JPEG")
    file = Path(django_settings.MEDIA_ROOT) / "odd.jpg"
    file.write_bytes(file.read_bytes()[:-2] + b"\xff\xfe\xff\xff\xff\xd9")
    row = make.detection(image=make.image("odd.jpg", camera=camera("Gate")))
    assert reasons(package(spec(row))) == {str(row.pk): None}
    with pytest.raises(NothingExported, match="unreadable"):
        package(spec(row, decimals=1))


@pytest.mark.parametrize(
    ("file_format", "media_type"),
    [("PNG", "image/png"), ("TIFF", "image/tiff"), ("WEBP", "image/webp"), ("BMP", "image/bmp")],
)
def test_other_formats_keep_their_type(file_format: str, media_type: str, tmp_path: Path) -> None:
    save("one.picture", file_format)
    row = make.detection(image=make.image("one.picture", camera=camera("Gate")))
    file = package(spec(row))
    assert table(file, "media")[0]["fileMediatype"] == media_type
    assert problems(file, tmp_path) == []


def test_a_photograph_with_a_person_or_a_vehicle_is_withheld_as_a_whole() -> None:
    gate = camera("Gate")
    with_person, with_car, thrown_out, good = (seen(gate) for _ in range(4))
    make.detection(image=with_person.image, x=50, classification="person")
    make.detection(image=with_car.image, x=50, corrected_classification="vehicle")
    make.detection(image=thrown_out.image, x=50, classification="person", is_valid=False)
    file = package(spec(with_person, with_car, thrown_out, good))
    withheld = {str(row.image_id) for row in (with_person, with_car, thrown_out)}
    assert reasons(file) == {
        str(with_person.pk): WITHHELD,
        str(with_car.pk): WITHHELD,
        str(thrown_out.pk): WITHHELD,
        str(good.pk): None,
    }
    assert loaded(file, "manifest")["withheld"] == [
        {"image_id": str(row.image_id), "reason": PRIVATE_CLASS}
        for row in (with_person, with_car, thrown_out)
    ]
    tables = b"".join(file.read(f"{name}.csv") for name in ("media", "observations")).decode()
    assert not any(name in tables for name in withheld)
    assert [name for name in file.namelist() if name.startswith("media/")] == [
        f"media/{good.image_id}.jpg"
    ]


def test_what_cannot_be_included_is_missing_with_its_reason(tmp_path: Path) -> None:
    gate = camera("Gate")
    good, invalid = seen(gate), seen(gate, is_valid=False)
    person = seen(gate, classification="person")
    outside = make.detection(image=good.image, x=320)
    untimed = make.detection(image=make.image(camera=gate, captured_at=None, with_file=True))
    nowhere = make.detection(image=make.image(with_file=True))
    uncharted = seen(make.camera("Uncharted", latitude=Decimal(1)))
    gone = make.detection(image=make.image(camera=gate))
    beside = make.detection(image=gone.image, x=150)
    broken = b"\xff\xd8\xff no picture"
    checksum = hashlib.sha256(broken).hexdigest()
    corrupt = make.detection(image=make.image("corrupt.jpg", camera=gate, sha256=checksum))
    (Path(django_settings.MEDIA_ROOT) / "corrupt.jpg").write_bytes(broken)
    overwritten = make.detection(image=make.image("overwritten.jpg", camera=gate))
    make.photograph("overwritten.jpg")
    escaped = make.detection(image=make.image("../secret.jpg", camera=gate))
    deleted = uuid4()
    left_out = {
        invalid.pk: INVALID,
        person.pk: PRIVATE_CLASS,
        outside.pk: "outside",
        untimed.pk: UNTIMED,
        nowhere.pk: NO_CAMERA,
        uncharted.pk: NO_COORDINATES,
        gone.pk: "missing",
        beside.pk: "missing",
        corrupt.pk: "unreadable",
        overwritten.pk: "changed",
        escaped.pk: "unreadable",
        deleted: DELETED,
    }
    out = io.BytesIO()
    result = write_camtrap(spec(*left_out, good), out, ignore_progress)
    assert (result.included, result.missing) == (1, len(left_out))
    file = zipfile.ZipFile(out)
    assert reasons(file) == {str(key): text for key, text in left_out.items()} | {
        str(good.pk): None
    }
    rows = table(file, "observations")
    assert [row["observationID"] for row in rows if row["mediaID"]] == [str(good.pk)]
    assert [row["count"] for row in rows if not row["mediaID"]] == ["1"]
    assert problems(file, tmp_path) == []


def test_a_photograph_above_the_limit_is_not_included(settings) -> None:
    row = seen(camera("Gate"))
    settings.IMAGE_MAX_BYTES = 100
    with pytest.raises(NothingExported, match="too_large"):
        package(spec(row))


def test_nothing_left_is_a_failure_that_says_why() -> None:
    row = seen(make.camera("Uncharted"))
    with pytest.raises(NothingExported) as raised:
        package(spec(row, uuid4()))
    assert str(raised.value) == NOTHING_LEFT.format(total=2, reason=NO_COORDINATES)


def test_the_manifest_gives_sizes_and_checksums_of_every_file(season: list[Detection]) -> None:
    file = package(spec(*season, decimals=3))
    manifest = loaded(file, "manifest")
    assert manifest["asked_for"] == {
        "detections": len(season),
        "format": "camtrap-dp",
        "coordinate_precision": 3,
    }
    lines = manifest["files"] + manifest["media"]
    assert {line["file"] for line in lines} == set(file.namelist()) - {"manifest.json"}
    for line in lines:
        data = file.read(line["file"])
        assert line["size_bytes"] == len(data)
        assert line["sha256"] == hashlib.sha256(data).hexdigest()


def test_the_same_input_gives_the_same_bytes(season: list[Detection], monkeypatch) -> None:
    fixed = make.NOON.replace(tzinfo=UTC)
    monkeypatch.setattr("exports.camtrap.package_zip._now", lambda: fixed)
    one, other = (io.BytesIO(), io.BytesIO())
    write_camtrap(spec(*season), one, ignore_progress)
    write_camtrap(spec(*season), other, ignore_progress)
    assert one.getvalue() == other.getvalue()


def test_progress_counts_every_item_the_missing_too() -> None:
    gate = camera("Gate")
    first = seen(gate)
    second = make.detection(image=first.image, x=150)
    gone = make.detection(image=make.image(camera=gate))
    told: list[tuple[int, int]] = []
    asked = spec(first, uuid4(), second, gone)
    write_camtrap(asked, io.BytesIO(), lambda done, total: told.append((done, total)))
    assert told == [(0, 4), (3, 4), (4, 4)]


def test_what_progress_raises_comes_through() -> None:
    class Withdrawn(Exception):
        pass

    def withdraw(done: int, total: int) -> None:
        raise Withdrawn

    row = seen(camera("Gate"))
    with pytest.raises(Withdrawn):
        write_camtrap(spec(row), io.BytesIO(), withdraw)


def test_queries_do_not_grow_with_rows(django_assert_num_queries) -> None:
    few = [seen(camera("one"), deer=make.deer())]
    many = [
        seen(camera(f"camera {number}"), make.later(days=number), deer=make.deer())
        for number in range(8)
    ]
    for rows in (few, many):
        # detections, people, scores, deployments, outages, deer, the classes of the deer's photographs
        with django_assert_num_queries(7):
            package(spec(*rows))


def test_a_package_reads_back_with_its_zone() -> None:
    moment = datetime(2025, 10, 1, 12, tzinfo=UTC)
    row = table(package(spec(seen(camera("Gate"), moment))), "media")[0]
    assert datetime.strptime(row["timestamp"], "%Y-%m-%dT%H:%M:%S%z") - moment == timedelta(0)
