"""Tables of where cameras stood, from the browser: sent, columns named, looked at, imported, undone."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reid.intake import stations
from reid.intake.working import undos, work
from reid.models import Camera, Deployment, Import, ImportRequest, Outage

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
TABLE = b"camera,started_on,ended_on\nNorth gate,2025-09-01,2025-11-30\nSouth gate,2025-09-02,\n"
OWN = b"Place,Since,Broken from,Broken to\nNorth gate,2025-09-01,2025-10-01,2025-10-03\n"


@pytest.fixture(autouse=True)
def upload_root(tmp_path: Path, media_root: Path, settings: Any) -> Path:
    root = tmp_path / "uploads"
    settings.UPLOAD_ROOT, settings.UPLOAD_DISK_RESERVE = root, 0
    return root


def sent(client: Client, content: bytes, name: str = "cameras.csv") -> str:
    """The page that one is led to once the table is sent."""
    table = SimpleUploadedFile(name, content)
    return client.post("/imports/new/table", {"table": table}, follow=True).content.decode()


def act(client: Client, name: str, **data: Any) -> str:
    """Do it, let the worker work, and read the page."""
    row = ImportRequest.objects.get()
    client.post(f"/imports/requests/{row.pk}/{name}", data)
    work.work(row.pk)
    return client.get(f"/imports/requests/{row.pk}/").content.decode()


def test_a_table_of_deployments_is_looked_at_imported_and_undone(client: Client) -> None:
    text = sent(client, TABLE)
    assert "cameras.csv was read as a table of deployments" in text
    assert "South gate" in text
    text = act(client, "answers")
    assert "This would be imported" in text
    assert "new stays of a camera" in text
    assert not Camera.objects.exists()
    text = act(client, "start", clock_is_right="on")
    assert "Imported" in text
    assert Deployment.objects.get(camera__name="North gate").ended_on == date(2025, 11, 30)
    record = Import.objects.get()
    assert "new stays of a camera" in client.get(f"/imports/{record.pk}/").content.decode()
    client.post(f"/imports/{record.pk}/undo")
    undo = record.undos.get()
    undos.work(undo.pk)
    assert not Deployment.objects.exists()
    assert not Camera.objects.exists()


def test_columns_with_names_of_one_s_own_are_named_on_the_page(client: Client) -> None:
    text = sent(client, OWN)
    assert "Say which column names the camera" in text
    named = {"column-camera": "Place", "column-started_on": "Since", "named": "yes"}
    act(client, "answers", **named)
    act(client, "start", clock_is_right="on")
    assert Deployment.objects.get().started_on == date(2025, 9, 1)


def test_a_table_of_outages_is_one_whose_days_of_outages_are_named(client: Client) -> None:
    Camera.objects.create(name="North gate")
    sent(client, OWN)
    named = {"column-from": "Broken from", "column-to": "Broken to", "column-camera": "Place"}
    act(client, "answers", named="yes", **named)
    act(client, "start", clock_is_right="on")
    assert Outage.objects.get().camera.name == "North gate"


def test_what_is_wrong_in_a_line_is_said_before_anything_is_imported(client: Client) -> None:
    sent(client, TABLE + b"West gate,2025-10-02,2025-09-01\n")
    assert "ended_on is before started_on" in act(client, "answers")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cameras.exe", TABLE, "cameras.exe"),
        ("cameras.csv", b"x" * 11, "at most 0 MB"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, said: str
) -> None:
    monkeypatch.setattr(stations, "MOST_BYTES", 10 if content.startswith(b"x") else 10**6)
    assert said in sent(client, content, name)
    assert not ImportRequest.objects.exists()


def test_a_form_without_a_table_says_so(client: Client) -> None:
    text = client.post("/imports/new/table", follow=True).content.decode()
    assert "Choose the table first" in text


def test_a_workbook_is_read_as_a_text_is(client: Client) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in TABLE.decode().splitlines():
        sheet.append(line.split(","))
    buffer = io.BytesIO()
    book.save(buffer)
    assert "a table of deployments" in sent(client, buffer.getvalue(), "cameras.xlsx")
