"""Deployments: which days a camera ran, from a table that may be corrected and imported again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reid.importing.deployments import DeploymentReport, import_deployments
from reid.importing.rows import SourceProblem
from reid.importing.stations import days, layouts, places, tables
from reid.models import Camera, Deployment
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
OVERLAP = "the camera ran already from {start} to {end}: deployments of one camera may not overlap"
COLUMNS = "camera,latitude,longitude,started_on,ended_on"


@pytest.fixture
def bring(tmp_path: Path):
    def bring(*lines: str, columns: str = COLUMNS, dry_run: bool = False) -> DeploymentReport:
        file = tmp_path / "deployments.csv"
        file.write_text("\n".join([columns, *lines]) + "\n")
        return import_deployments(file, dry_run=dry_run)

    return bring


def stored() -> list[tuple[str, date, date | None]]:
    return list(Deployment.objects.values_list("camera__name", "started_on", "ended_on"))


def test_cameras_places_and_days_come_in(bring) -> None:
    make.camera("oak")
    report = bring("oak,30.1234567,-98.5,2025-09-01,2025-12-31", "elm,,,2025-10-01,")
    assert (report.created, report.cameras, report.refusals) == (2, 1, ())
    assert stored() == [
        ("elm", date(2025, 10, 1), None),
        ("oak", date(2025, 9, 1), date(2025, 12, 31)),
    ]
    oak, elm = Camera.objects.get(name="oak"), Camera.objects.get(name="elm")
    assert (oak.latitude, oak.longitude) == (Decimal("30.123457"), Decimal("-98.5"))
    assert elm.latitude is elm.longitude is None


def test_repeating_it_changes_nothing(bring) -> None:
    lines = ("oak,30.1234567,-98.5,2025-09-01,2025-12-31", "elm,,,2025-10-01,")
    bring(*lines)
    before = stored()
    report = bring(*lines)
    assert (report.created, report.updated, report.unchanged, report.cameras) == (0, 0, 2, 0)
    assert stored() == before


def test_a_corrected_end_or_place_replaces_the_old_one(bring) -> None:
    bring("oak,30,-98,2025-09-01,", "elm,,,2025-09-01,")
    report = bring("oak,30,-98,2025-09-01,2025-10-01", "elm,31,-98,2025-09-01,")
    assert (report.created, report.updated) == (0, 2)
    assert stored()[1] == ("oak", date(2025, 9, 1), date(2025, 10, 1))
    assert Camera.objects.get(name="elm").latitude == 31


def test_a_line_without_a_place_keeps_the_one_that_is_there(bring) -> None:
    bring("oak,30,-98,2025-09-01,2025-09-30", "oak,,,2025-10-01,")
    assert Camera.objects.get().latitude == 30


def test_days_of_one_camera_may_touch_but_not_overlap(bring) -> None:
    report = bring(
        "oak,,,2025-09-01,2025-09-30",
        "oak,,,2025-09-29,2025-10-05",
        "oak,,,2025-09-30,",
        "oak,,,2025-12-01,2025-12-02",
        "elm,,,2025-09-01,",
    )
    assert [(refusal.line, refusal.text) for refusal in report.refusals] == [
        (3, OVERLAP.format(start="2025-09-01", end="2025-09-30")),
        (5, OVERLAP.format(start="2025-09-30", end="now")),
    ]
    assert report.created == 3


def test_a_stored_deployment_is_not_overlapped_either(bring) -> None:
    bring("oak,,,2025-09-01,")
    assert len(bring("oak,,,2025-10-01,").refusals) == 1
    assert bring("oak,,,2025-09-01,2025-09-30", "oak,,,2025-10-01,").refusals == ()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (",,,2025-09-01,", tables.BAD_CAMERA.format(longest=120)),
        (f"{'x' * 121},,,2025-09-01,", tables.BAD_CAMERA.format(longest=120)),
        ("oak,,,9/1/2025,", days.BAD_DATE.format(name="started_on", text="9/1/2025")),
        ("oak,,,2025-09-01,2025-02-30", days.BAD_DATE.format(name="ended_on", text="2025-02-30")),
        ("oak,,,,", days.BAD_DATE.format(name="started_on", text="")),
        ("oak,,,2025-09-02,2025-09-01", tables.BACKWARDS),
        ("oak,30,,2025-09-01,", tables.HALF_A_PLACE),
        ("oak,91,0,2025-09-01,", places.BAD_DEGREES.format(name="latitude", text="91", limit=90)),
        ("oak,0,nan,2025-09-01,", places.BAD_DEGREES.format(name="longitude", text="nan", limit=180)),
    ],
)  # fmt: skip
def test_a_bad_line_is_told_and_loses_no_other(bring, line: str, text: str) -> None:
    report = bring(line, "good,,,2025-09-01,")
    assert [(refusal.line, refusal.text) for refusal in report.refusals] == [(2, text)]
    assert report.could_read
    assert [name for name, _, _ in stored()] == ["good"]


def test_a_dry_run_keeps_nothing(bring) -> None:
    report = bring("oak,30,-98,2025-09-01,", dry_run=True)
    assert (report.created, report.cameras, report.dry_run) == (1, 1, True)
    assert not Camera.objects.exists()


def test_a_file_that_is_none_is_refused(bring, tmp_path: Path) -> None:
    with pytest.raises(SourceProblem) as problem:
        import_deployments(tmp_path / "no.csv")
    assert str(problem.value) == "There is no file no.csv."
    with pytest.raises(SourceProblem) as problem:
        bring("oak", columns="camera")
    assert str(problem.value) == layouts.NO_COLUMNS.format(source="deployments.csv")
    (tmp_path / "bytes.csv").write_bytes(b"camera,started_on\n\0,2025-09-01\n")
    with pytest.raises(SourceProblem, match="has NUL bytes, which no text has"):
        import_deployments(tmp_path / "bytes.csv")
