"""Round trip: an exported package, imported into an empty store, gives what the store had."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model

from exports.camtrap.package_zip import write_camtrap
from exports.camtrap.tests.test_package_zip import camera, ignore_progress, spec
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Camera, Deer, Deployment, Detection, Encounter, Image, Outage, Sighting
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.importing.report import ImportReport

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def stored() -> dict[str, list[tuple[Any, ...]]]:
    """What a package carries of a store, without keys."""
    return {
        "photographs": sorted(
            Image.objects.values_list("sha256", "camera__name", "captured_at", "width", "height")
        ),
        "boxes": sorted(
            Detection.objects.values_list(
                *("image__sha256", "x", "y", "width", "height", "classification", "flank"),
                "deer__name",
            ),
            key=str,
        ),
        "deployments": sorted(
            Deployment.objects.values_list(
                *("camera__name", "started_on", "started_at", "ended_on", "ended_at"),
                *("latitude", "longitude"),
            ),
            key=str,
        ),
        "outages": sorted(Outage.objects.values_list("camera__name", "started_on", "ended_on")),
        "deer": sorted(Deer.objects.values_list("name")),
    }


def empty() -> None:
    for model in (Detection, Sighting, Image, Encounter, Outage, Deployment, Camera, Deer):
        model.objects.all().delete()
    shutil.rmtree(django_settings.MEDIA_ROOT)
    django_settings.MEDIA_ROOT.mkdir()


@pytest.fixture
def exported(tmp_path: Path, settings) -> Path:
    """The package of a store with two cameras, one moved, and what it held."""
    settings.TIME_ZONE = "America/Chicago"
    gate, creek = camera("=North gate"), camera("Creek, upper", "-0.5", "179.99")
    for start, end, latitude in (
        (date(2025, 9, 1), date(2025, 10, 1), "30.1"),
        (date(2025, 10, 1), date(2025, 11, 30), "30.12"),
    ):
        Deployment.objects.create(
            camera=gate,
            started_on=start,
            ended_on=end,
            latitude=Decimal(latitude),
            longitude=Decimal("-98.765432"),
        )
    Deployment.objects.create(
        camera=creek,
        started_on=date(2025, 9, 15),
        started_at=time(14, 30),
        latitude=Decimal("-0.5"),
        longitude=Decimal("179.99"),
    )
    for began, ended in (
        (date(2025, 9, 20), date(2025, 9, 22)),
        (date(2025, 10, 1), date(2025, 10, 2)),
    ):
        Outage.objects.create(camera=gate, started_on=began, ended_on=ended)
    gus, pena = make.deer("=Gus"), make.deer("Pe\u00f1a")

    def photograph(at: Camera, days: float, seed: int) -> Image:
        path = f"store/{seed}.jpg"
        sha256 = make.photograph(path, seed=seed)
        return make.image(path, camera=at, captured_at=make.later(days=days), sha256=sha256)

    first, second = photograph(gate, -20, 1), photograph(gate, 20, 2)
    third, outside = photograph(creek, 3, 3), photograph(gate, 100, 4)
    rows = [
        make.detection(image=first, deer=gus, classification="buck", flank="left"),
        make.detection(image=first, x=200, y=100, classification="doe"),
        make.detection(image=second, deer=gus, classification="unknown_deer"),
        make.detection(
            image=third, deer=pena, x=3, y=5, width=33, height=77, classification="fawn"
        ),
        make.detection(image=outside, classification="coyote"),
    ]
    file = tmp_path / "autumn.zip"
    with file.open("wb") as out:
        write_camtrap(spec(*rows), out, ignore_progress)
    return file


@pytest.fixture
def bring() -> Callable[..., ImportReport]:
    ann = get_user_model().objects.create(username="ann")

    def bring(path: Path, **options: Any) -> ImportReport:
        return import_detections(path, actor=ann, options=ImportOptions(**options))

    return bring


@pytest.mark.parametrize("kind", ["archive", "folder", "descriptor"])
def test_a_package_gives_back_what_it_was_made_of(
    exported: Path, bring: Callable[..., ImportReport], kind: str, tmp_path: Path
) -> None:
    before = stored()
    empty()
    source = exported
    if kind != "archive":
        source = tmp_path / "autumn"
        zipfile.ZipFile(exported).extractall(source)
    if kind == "descriptor":
        source /= "datapackage.json"
    report = bring(source)
    assert report.refusals == ()
    assert (report.images, report.detections, report.deer) == (4, 5, 2)
    assert stored() == before


def test_a_package_twice_changes_nothing(
    exported: Path, bring: Callable[..., ImportReport]
) -> None:
    empty()
    bring(exported)
    before = stored()
    report = bring(exported)
    assert (report.images, report.detections, report.cameras, report.deployments) == (0, 0, 0, 0)
    assert stored() == before


def test_a_package_of_the_stored_photographs_adds_nothing(
    exported: Path, bring: Callable[..., ImportReport]
) -> None:
    before = stored()
    bring(exported)
    assert stored() == before


def test_a_dry_run_of_a_package_keeps_nothing(
    exported: Path, bring: Callable[..., ImportReport]
) -> None:
    empty()
    report = bring(exported, dry_run=True)
    assert (report.images, report.deployments) == (4, 3)
    assert not any(stored().values())
