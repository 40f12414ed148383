"""Station tables as field logs and programs write them, read right or refused with the way out."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.deployments import DeploymentReport, StationOptions, import_deployments
from reid.importing.rows import SourceProblem
from reid.importing.stations import days, places, tables
from reid.importing.stations.writer import OUTAGE_OVERLAP
from reid.models import Camera, Deployment, Import, ImportChange, ImportProblem, Outage
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
OVERLAP = "the camera ran already from {start} to {end}: deployments of one camera may not overlap"
COLUMNS = "camera,started_on,ended_on,latitude,longitude"
SEPTEMBER, OCTOBER = date(2025, 9, 1), date(2025, 10, 15)
RANCH = (Decimal("30.100000"), Decimal("-98.200000"))


@pytest.fixture
def bring(tmp_path: Path, settings):
    settings.TIME_ZONE = "America/Chicago"

    def bring(
        *lines: str, columns: str = COLUMNS, again: bool = True, **options: Any
    ) -> DeploymentReport:
        """Import the lines, and once more, which must change nothing."""
        file = tmp_path / "table.csv"
        file.write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")
        report = import_deployments(file, options=StationOptions(**options))
        if again:
            stored = _everything()
            second = import_deployments(file, options=StationOptions(**options))
            assert (second.created, second.updated, second.outages, second.cameras) == (0, 0, 0, 0)
            assert _everything() == stored
        return report

    return bring


def _everything() -> list[list[tuple[object, ...]]]:
    models = (Camera, Deployment, Outage)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def stays() -> list[tuple[object, ...]]:
    return list(Deployment.objects.values_list("camera__name", "started_on", "ended_on"))


def test_the_day_of_a_visit_ends_one_deployment_and_begins_the_next(bring) -> None:
    report = bring("swap,2025-09-01,2025-10-15,30.1,-98.2", "swap,2025-10-15,2025-11-20,30.1,-98.2")
    assert report.refusals == ()
    assert stays() == [("swap", SEPTEMBER, OCTOBER), ("swap", OCTOBER, date(2025, 11, 20))]


def test_times_of_one_day_that_overlap_are_refused(bring) -> None:
    report = bring(
        "oak,2025-09-01 08:00,2025-10-15 12:00,,",
        "oak,2025-10-15 11:59,2025-11-01,,",
        "oak,2025-10-15 12:00,2025-11-01,,",
    )
    text = OVERLAP.format(start=SEPTEMBER, end=OCTOBER)
    assert [(refusal.line, refusal.text) for refusal in report.refusals] == [(3, text)]
    assert len(stays()) == 2


def test_two_visits_of_one_day_are_told_apart_by_their_times(bring) -> None:
    report = bring(
        "oak,2025-09-01 08:00,2025-09-01 12:00,,",
        "oak,2025-09-01 12:00,2025-09-01 18:00,,",
        "oak,2025-09-01 18:00,,,",
    )
    assert (report.created, report.refusals) == (3, ())


def test_a_line_that_learns_the_time_of_a_visit_is_the_same_deployment(bring) -> None:
    bring("oak,2025-09-01,,,")
    report = bring("oak,2025-09-01 08:00,2025-10-15,,", again=True)
    assert (report.created, report.updated) == (0, 1)
    assert Deployment.objects.get().started_at == time(8)
    assert bring("oak,2025-09-01,2025-10-15,,").unchanged == 1
    assert Deployment.objects.get().started_at == time(8)


def test_a_camera_that_is_moved_keeps_the_old_place_for_its_older_deployment(bring) -> None:
    bring("moved,2025-09-01,2025-10-14,30.1,-98.2", "moved,2025-10-15,2025-11-20,30.12,-98.2")
    places_of = list(Deployment.objects.values_list("latitude", flat=True))
    assert places_of == [Decimal("30.1"), Decimal("30.12")]
    assert Camera.objects.get().latitude == Decimal("30.12")


def test_an_older_place_read_later_does_not_move_the_camera_back(bring) -> None:
    bring("moved,2025-10-15,,30.12,-98.2")
    bring("moved,2025-09-01,2025-10-15,30.1,-98.2")
    assert Camera.objects.get().latitude == Decimal("30.12")


def test_deployments_without_a_place_stay_where_the_camera_stood(bring) -> None:
    """An earlier version kept the place at the camera alone: a move must not take its old photographs along."""
    oak = make.camera("oak", latitude=Decimal("30.1"), longitude=Decimal("-98.2"))
    Deployment.objects.create(camera=oak, started_on=SEPTEMBER, ended_on=OCTOBER)
    bring("oak,2025-10-15,,30.12,-98.2")
    assert list(Deployment.objects.values_list("latitude", flat=True)) == [
        Decimal("30.1"),
        Decimal("30.12"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "dt,2025-09-01T14:30:00-05:00,2025-10-15T09:00:00-05:00,30.1,-98.2",
        "dt,2025-09-01T19:30:00Z,2025-10-15T14:00:00Z,30.1,-98.2",
        "dt,2025-09-01 14:30:00,2025-10-15 09:00:00,30.1,-98.2",
        "dt,9/1/2025 2:30 PM,10/15/2025 9:00 AM,30.1,-98.2",
    ],
)
def test_moments_become_days_and_times_of_the_ranch(bring, line: str) -> None:
    assert bring(line).refusals == ()
    row = Deployment.objects.get()
    assert (row.started_on, row.ended_on) == (SEPTEMBER, OCTOBER)
    assert (row.started_at, row.ended_at) == (time(14, 30), time(9))


def test_the_order_of_day_and_month_is_what_the_other_days_prove(bring) -> None:
    report = bring("us,9/1/2025,10/15/2025,30.1,-98.2", 'eu,01.09.2025,15.10.2025,"30,1","-98,2"')
    assert report.refusals == ()
    assert stays() == [("eu", SEPTEMBER, OCTOBER), ("us", SEPTEMBER, OCTOBER)]
    assert set(Deployment.objects.values_list("latitude", "longitude")) == {RANCH}


def test_an_order_that_nothing_proves_is_not_guessed(bring) -> None:
    report = bring("oak,9/1/2025,10/2/2025,,", "elm,5/5/2025,,,", again=False)
    text = days.BAD_DATE.format(name="started_on", text="9/1/2025")
    assert [refusal.text for refusal in report.refusals] == [text]
    assert stays() == [("elm", date(2025, 5, 5), None)]
    assert bring("oak,9/1/2025,10/2/2025,,", time_format="%d/%m/%Y").created == 1
    assert stays()[1] == ("oak", date(2025, 1, 9), date(2025, 2, 10))


def test_days_that_contradict_one_another_prove_no_order(bring) -> None:
    report = bring("a,13/1/2025,,,", "b,1/13/2025,,,", "c,2/3/2025,,,", again=False)
    assert [refusal.path for refusal in report.refusals] == ["c"]
    assert stays() == [("a", date(2025, 1, 13), None), ("b", date(2025, 1, 13), None)]


def test_a_time_format_without_a_day_is_refused(bring) -> None:
    with pytest.raises(SourceProblem) as problem:
        bring("oak,9/1/2025,,,", time_format="%Y")
    assert str(problem.value) == days.BAD_TIME_FORMAT.format(text="%Y")


def test_places_that_cannot_be_are_named_or_left_out(bring) -> None:
    report = bring(
        "zero,2025-09-01,2025-10-15,0,0",
        "swapped,2025-09-01,2025-10-15,-98.2,30.1",
        "utm,2025-09-01,2025-10-15,3330000,577000",
        "dms,2025-09-01,2025-10-15,30 06 00 N,98 12 00 W",
        "na,2025-09-01,NA,NA,NA",
    )
    bad = {
        name: places.BAD_DEGREES.format(name="latitude", text=text, limit=90) + hint
        for name, text, hint in (
            ("swapped", "-98.2", places.SWAPPED),
            ("utm", "3330000", places.METRES),
        )
    }
    assert {refusal.path: refusal.text for refusal in report.refusals} == bad
    assert [(note.path, note.text) for note in report.warnings] == [("zero", places.NULL_ISLAND)]
    rows = Deployment.objects.values_list("camera__name", "ended_on", "latitude", "longitude")
    assert list(rows) == [
        ("dms", OCTOBER, *RANCH),
        ("na", None, None, None),
        ("zero", OCTOBER, None, None),
    ]


@pytest.mark.parametrize("place", ["30.2,98.2", "-30.2,-98.2", "-30.2,98.2"])
def test_a_place_with_another_sign_than_its_neighbours_is_noted(bring, place: str) -> None:
    make.camera("oak", latitude=Decimal("30.1"), longitude=Decimal("-98.2"))
    (note,) = bring(f"far,2025-09-01,,{place}").warnings
    assert note.kind == tables.SUSPICIOUS_PLACE
    assert "30.2, -98.2 would be near them" in note.text
    assert Deployment.objects.get().latitude is not None


def test_another_ranch_is_not_suspicious(bring) -> None:
    make.camera("oak", latitude=Decimal("30.1"), longitude=Decimal("-98.2"))
    assert bring("ohio,2025-09-01,,40.4,-82.9").warnings == ()


def test_a_table_of_camtrap_dp(bring) -> None:
    report = bring(
        "d1,l1,CamA,30.1,-98.2,,2025-09-01T14:30:00-05:00,2025-10-15T09:00:00-05:00",
        "d2,l2,,30.1,-98.2,,2025-09-01T14:30:00-05:00,2025-10-15T09:00:00-05:00",
        columns="deploymentID,locationID,locationName,latitude,longitude,coordinateUncertainty,"
        "deploymentStart,deploymentEnd",
    )
    assert report.title == "Camtrap DP deployments"
    assert stays() == [("CamA", SEPTEMBER, OCTOBER), ("l2", SEPTEMBER, OCTOBER)]
    assert set(Deployment.objects.values_list("latitude", "longitude")) == {RANCH}


def test_a_table_of_wildlife_insights(bring) -> None:
    report = bring(
        "p,d,Gate,-98.2,30.1,2025-09-01 00:00:00,2025-10-15 00:00:00",
        columns="project_id,deployment_id,placename,longitude,latitude,start_date,end_date",
    )
    assert report.title == "Wildlife Insights deployments"
    assert stays() == [("Gate", SEPTEMBER, OCTOBER)]


CAMTRAPR = "Station,utm_y,utm_x,Setup_date,Retrieval_date,Problem1_from,Problem1_to"


def test_a_station_table_of_camtrapr_needs_the_zone_of_its_metres(bring) -> None:
    line = "CamA,604000,526000,02/04/2009,14/05/2009,,"
    with pytest.raises(SourceProblem) as problem:
        bring(line, columns=CAMTRAPR)
    assert str(problem.value) == tables.NO_DEGREES.format(source="table.csv")
    bring(line, columns=CAMTRAPR, utm_zone="50N")
    assert stays() == [("CamA", date(2009, 4, 2), date(2009, 5, 14))]
    assert Deployment.objects.values_list("latitude", "longitude").get() == (
        Decimal("5.464366"),
        Decimal("117.234714"),
    )
    with pytest.raises(SourceProblem) as problem:
        bring(line, columns=CAMTRAPR, utm_zone="North")
    assert str(problem.value) == places.BAD_UTM_ZONE.format(text="North")


def test_problems_of_camtrapr_are_outages(bring) -> None:
    report = bring(
        "Gate,A,30.1,-98.2,2025-09-01,2025-10-15,2025-09-10,2025-09-12,2025-10-01,2025-10-01",
        "Gate,B,30.1,-98.2,2025-09-01,2025-10-15,NA,NA,,",
        columns="Station,Camera,lat,long,Setup_date,Retrieval_date,"
        "Problem1_from,Problem1_to,Problem2_from,Problem2_to",
    )
    assert (report.created, report.outages) == (2, 2)
    assert [name for name, _, _ in stays()] == ["Gate A", "Gate B"]
    assert list(Outage.objects.values_list("camera__name", "started_on", "ended_on")) == [
        ("Gate A", date(2025, 9, 10), date(2025, 9, 12)),
        ("Gate A", date(2025, 10, 1), date(2025, 10, 1)),
    ]


def test_a_table_of_outages(bring) -> None:
    make.camera("Oak")
    report = bring(
        "oak,2025-09-10,2025-09-12,battery",
        "oak,2025-09-12,2025-09-14,",
        "oak,2025-10-01,,",
        "elm,2025-10-02,2025-10-01,",
        columns="camera,from,to,reason",
    )
    assert report.title == "a table of outages"
    assert Outage.objects.values_list("camera__name", "ended_on", "reason").get() == (
        "Oak",
        date(2025, 9, 12),
        "battery",
    )
    assert [refusal.text for refusal in report.refusals] == [
        OUTAGE_OVERLAP.format(start="2025-09-10", end="2025-09-12"),
        tables.HALF_AN_OUTAGE,
        tables.BACKWARDS,
    ]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_decimal_commas(bring, separator: str) -> None:
    line = ";".join(["semi", "2025-09-01", "2025-10-15", "30,1", "-98,2"])
    assert bring(line.replace(";", separator), columns=COLUMNS.replace(",", separator)).created == 1
    assert Deployment.objects.values_list("latitude", "longitude").get() == RANCH


def test_headings_in_other_words_and_letters(bring) -> None:
    bring(
        "Gate,2025-09-01,2025-10-15,30.1,-98.2",
        columns="Station, Start Date ,END,Lat,Decimal Longitude",
    )
    assert stays() == [("Gate", SEPTEMBER, OCTOBER)]
    assert Deployment.objects.values_list("latitude", "longitude").get() == RANCH


def test_spellings_of_one_camera_are_one_camera(bring) -> None:
    make.camera("North Gate")
    bring("north  gate,2025-09-01,2025-10-15,,", "NORTH GATE,2025-10-15,,,")
    assert Camera.objects.get().deployments.count() == 2


def test_an_import_is_a_record_with_its_problems_and_changes(bring) -> None:
    bring("oak,2025-09-01,,0,0", "oak,soon,,,", again=False)
    record = Import.objects.get()
    assert (record.kind, record.state) == (Import.Kind.DEPLOYMENTS, Import.State.COMPLETED)
    assert record.source_format == "a table of deployments"
    assert sorted(ImportProblem.objects.values_list("severity", "line")) == [
        ("refused", 3),
        ("warning", 2),
    ]
    assert Deployment.objects.get().made_by_import == record
    assert Camera.objects.get().made_by_import == record
    bring("oak,2025-09-01,2025-10-15,30.1,-98.2", again=False)
    changes = ImportChange.objects.values_list("model", "field", "before", "after")
    assert sorted(changes, key=str) == [
        ("camera", "latitude", None, "30.100000"),
        ("camera", "longitude", None, "-98.200000"),
        ("deployment", "ended_on", None, "2025-10-15"),
        ("deployment", "latitude", None, "30.100000"),
        ("deployment", "longitude", None, "-98.200000"),
    ]


def test_a_day_at_the_end_of_the_calendar_costs_its_own_line_alone(bring, settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    report = bring("North,2025-10-01,9999-12-31T23:59:59Z,,", "South,2025-10-01,9999-12-31,,")
    assert report.created == 1
    assert [refusal.path for refusal in report.refusals] == ["North"]
