"""Station tables in every kind of file that photographs' tables may lie in: they are read by the same reading."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from reid.importing.deployments import StationOptions, import_deployments
from reid.importing.rows import SourceProblem
from reid.importing.tables.dialect import UNKNOWN_ENCODING
from reid.importing.tables.table import HOW_READ, TOO_MANY_CELLS, TWO_COLUMNS
from reid.models import Camera, Deployment, Outage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2025, 9, 1), date(2025, 10, 15)
RANCH = (Decimal("30.1"), Decimal("-98.2"))


def stored() -> list[tuple[object, ...]]:
    rows = Deployment.objects.values_list(
        "camera__name", "started_on", "started_at", "ended_on", "ended_at", "latitude", "longitude"
    )
    return list(rows)


def workbook(path: Path, *lines: list[Any]) -> Path:
    book = Workbook()
    sheet = book.create_sheet("Stations", 0)
    for line in lines:
        sheet.append(line)
    book.save(path)
    return path


def test_a_workbook_has_days_times_and_places_of_its_own(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "stations.xlsx",
        ["Camera", "Start date", "End date", "Lat", "Lon"],
        ["Oak", datetime(2025, 9, 1), datetime(2025, 10, 15), 30.1, -98.2],  # noqa: DTZ001 - a cell's day
        ["Elm", datetime(2025, 9, 1, 8, 30), None, "30,1", "-98,2"],  # noqa: DTZ001
    )
    report = import_deployments(file)
    assert report.refusals == ()
    assert stored() == [
        ("Elm", SEPTEMBER, time(8, 30), None, None, *RANCH),
        ("Oak", SEPTEMBER, None, OCTOBER, None, *RANCH),
    ]
    assert report.warnings == ()


def test_a_workbook_of_outages(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "outages.xlsx",
        ["camera", "from", "to", "reason"],
        ["Oak", date(2025, 9, 10), date(2025, 9, 12), "battery"],
    )
    assert import_deployments(file).outages == 1
    outage = Outage.objects.get()
    assert (outage.started_on, outage.ended_on) == (date(2025, 9, 10), date(2025, 9, 12))


TABLE = "camera;started_on;ended_on;latitude;longitude\nSüd;2025-09-01;2025-10-15;30,1;-98,2\n"


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode("cp1252"),
        TABLE.encode("utf-16"),
        TABLE.encode("utf-8-sig"),
        ("sep=;\r\n" + TABLE).encode(),
        TABLE.replace(";", "|").encode(),
        ("\n;;;;\n" + TABLE).encode(),
    ],
    ids=["cp1252", "utf-16", "bom", "sep", "bars", "empty lines above"],
)
def test_a_text_table_of_any_encoding_and_separator(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "stations.csv"
    file.write_bytes(content)
    report = import_deployments(file)
    assert report.refusals == ()
    assert stored() == [("Süd", SEPTEMBER, None, OCTOBER, None, *RANCH)]
    assert HOW_READ in {note.kind for note in report.warnings}


def test_a_plain_table_needs_no_word_on_how_it_was_read(tmp_path: Path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text("camera,started_on\nOak,2025-09-01\n")
    assert import_deployments(file).warnings == ()


def test_letters_that_cannot_be_told_are_refused(tmp_path: Path) -> None:
    """A Cyrillic name in cp1251."""
    file = tmp_path / "stations.csv"
    file.write_bytes(b"camera,started_on\n\xc4\xf3\xe1,2025-09-01\n")
    with pytest.raises(SourceProblem) as problem:
        import_deployments(file)
    assert str(problem.value) == UNKNOWN_ENCODING.format(source=file.name, line=2)
    assert not Camera.objects.exists()


def test_a_decimal_comma_between_commas_is_refused_and_not_cut(tmp_path: Path) -> None:
    """Without the check the camera stood at 30, 1: cells beyond the last column were dropped."""
    file = tmp_path / "stations.csv"
    file.write_text(
        "camera,started_on,latitude,longitude\nOak,2025-09-01,30,1,-98,2\nElm,2025-09-01,,\n"
    )
    report = import_deployments(file)
    assert [(refusal.line, refusal.text) for refusal in report.refusals] == [(2, TOO_MANY_CELLS)]
    assert [row[0] for row in stored()] == ["Elm"]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text("camera,started_on,Started On\nOak,2025-09-01,2025-09-02\n")
    with pytest.raises(SourceProblem) as problem:
        import_deployments(file)
    assert str(problem.value) == TWO_COLUMNS.format(source=file.name, name="Started On")


def test_metres_with_a_decimal_comma(tmp_path: Path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text(
        "Station;utm_y;utm_x;Setup_date;Retrieval_date\nA;604000,0;526000,0;2009-04-02;2009-05-14\n"
    )
    import_deployments(file, options=StationOptions(utm_zone="50N"))
    assert stored()[0][-2:] == (Decimal("5.464366"), Decimal("117.234714"))
