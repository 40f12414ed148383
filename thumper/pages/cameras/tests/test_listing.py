"""List of cameras and the page of one: what they say, page after page, without a query a row."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reid.models import Camera, Deployment, Image, Outage
from reid.taxonomy import Classification
from reid.tests import make
from thumper.pages.cameras import listing
from thumper.pages.cameras.listing import rows_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


def taken(camera: Camera, days: int, **fields: Any) -> Image:
    """A photograph of so many days before now."""
    return make.image(camera=camera, captured_at=timezone.now() - timedelta(days=days), **fields)


def herd(number: int) -> None:
    for index in range(number):
        camera = make.camera(f"Stand {index:02}", latitude="30.1", longitude="-98.2")
        make.detection(image=taken(camera, 1), deer=make.deer())
        Deployment.objects.create(camera=camera, started_on=date(2025, 9, 1))


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("address", ["/cameras/", "/cameras/places.json"])
def test_more_cameras_take_no_more_queries(client: Client, address: str) -> None:
    herd(2)
    few = queries(client, address)
    for index in range(2, 20):
        make.detection(image=taken(make.camera(f"More {index}"), 1))
    assert queries(client, address) == few


def test_more_of_one_camera_take_no_more_queries(client: Client) -> None:
    camera = make.camera()
    address = f"/cameras/{camera.pk}"

    def add(number: int) -> None:
        for index in range(number):
            first = date(2020, 1, 1) + timedelta(days=10 * Deployment.objects.count())
            last = first + timedelta(days=5)
            Deployment.objects.create(camera=camera, started_on=first, ended_on=last)
            Outage.objects.create(camera=camera, started_on=first, ended_on=first)
            make.detection(image=taken(camera, index), deer=make.deer())
            client.post(f"{address}/edit", {"name": camera.name, "notes": f"{first}"})

    add(2)
    few = queries(client, address)
    add(20)
    assert queries(client, address) == few


def test_a_row_counts_photographs_doubts_and_deer_of_its_camera_alone() -> None:
    gate, other = make.camera("Gate"), make.camera("Other")
    for image in (taken(gate, 3), taken(gate, 2)):
        make.detection(image=image)
        make.detection(image=image, x=50)
    future = taken(gate, -9, clock_problem=Image.ClockProblem.FUTURE)
    for fields in (
        {"is_valid": False},
        {"classification": Classification.VEHICLE.value},
        {"hidden_at": timezone.now()},
    ):
        make.detection(image=future, x=10 + len(str(fields)), **fields)
    make.detection(image=taken(other, 1))
    rows = {row.camera.name: row for row in rows_of(timezone.localdate())}
    row: Any = Camera.objects.with_deer().get(pk=gate.pk)
    assert (rows["Gate"].camera.photographs, rows["Gate"].camera.doubted) == (3, 1)
    assert row.deer_detections == 4
    assert rows["Gate"].words == "running"
    assert rows["Gate"].camera.last_photograph_at < rows["Other"].camera.last_photograph_at


def test_states_are_said_in_words(client: Client) -> None:
    today = timezone.localdate()
    silent, out, down, running = (make.camera(name) for name in ("a", "b", "c", "d"))
    make.camera("e")
    for camera, days in ((silent, 12), (out, 1), (down, 1), (running, 7)):
        taken(camera, days)
    Outage.objects.create(camera=out, started_on=today, ended_on=today)
    Deployment.objects.create(
        camera=down, started_on=date(2025, 1, 1), ended_on=today - timedelta(days=1)
    )
    words = [row.words for row in rows_of(today)]
    assert words == [
        "silent for 12 days",
        "out of order",
        "taken down",
        "running",
        "no photograph yet",
    ]
    shown = client.get("/cameras/", {"state": "silent"}).content.decode()
    assert f"/cameras/{silent.pk}" in shown
    assert f"/cameras/{running.pk}" not in shown


def test_the_list_goes_on_page_after_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    herd(5)
    seen, address = [], "/cameras/"
    while address:
        answer = client.get(address)
        seen += [row.camera.name for row in answer.context["rows"]]
        after = answer.context["next_after"]
        address = f"/cameras/?after={after}" if after else ""
    assert seen == [f"Stand {index:02}" for index in range(5)]


def test_a_map_has_the_place_of_the_camera_else_of_its_latest_deployment(client: Client) -> None:
    moved = make.camera("moved")
    for year, latitude in ((2023, "30.3"), (2024, "30.4"), (2025, None)):
        Deployment.objects.create(
            camera=moved,
            started_on=date(year, 9, 1),
            ended_on=date(year, 10, 1),
            latitude=latitude,
            longitude="-98.4" if latitude else None,
        )
    make.camera("own", latitude="30.1", longitude="-98.2")
    make.camera("nowhere")
    answer = json.loads(client.get("/cameras/places.json").content)
    places = {row["name"]: (row["latitude"], row["longitude"]) for row in answer["cameras"]}
    assert places == {"moved": (30.4, -98.4), "own": (30.1, -98.2)}
    assert answer["background"] == {}


def test_the_first_place_is_typed_since_an_empty_map_shows_none(client: Client) -> None:
    first = make.camera("first")
    text = client.get(f"/cameras/{first.pk}").content.decode()
    assert "Type the latitude and longitude of this camera" in text
    assert 'id="map"' not in text
    assert 'id="map"' not in client.get("/cameras/map").content.decode()
    make.camera("second", latitude="30.1", longitude="-98.2")
    text = client.get(f"/cameras/{first.pk}").content.decode()
    assert "Type the latitude and longitude of this camera" not in text
    assert 'id="map"' in text


def test_the_page_of_one_camera_says_its_gaps_and_its_deer(client: Client) -> None:
    camera, ada = make.camera("Gate"), make.deer("Ada")
    noon = make.NOON  # 1 October 2025
    for days in (0, 13, 14):
        image = make.image(camera=camera, captured_at=noon + timedelta(days=days))
        make.detection(image=image, deer=ada)
    make.detection(image=make.image(camera=make.camera("Other")), deer=make.deer("Bea"))
    text = client.get(f"/cameras/{camera.pk}").content.decode()
    assert "12 days without a photograph: 2 Oct 2025 to 13 Oct 2025" in text
    month = f"?camera={camera.pk}&amp;first=2025-10-01&amp;last=2025-10-31"
    assert f'href="/photographs/{month}">October</a></th><td class="number">3</td>' in text
    assert 'Ada</a></th><td class="number">3</td><td>15 Oct 2025' in text
    assert "Bea" not in text
    assert client.get(f"/cameras/{camera.pk}?year=1999").context["year"] == 2025


def test_the_list_is_shown_first_and_counts_its_deer_when_asked_again(client: Client) -> None:
    make.detection(image=taken(make.camera("North gate"), 1))
    first = client.get("/cameras/", {"q": "north"})
    assert [row.deer for row in first.context["rows"]] == [None]
    again = first.context["address_counted"]
    assert first.content.decode().count(again.replace("&", "&amp;")) == 2  # htmx's, and a link
    counted = client.get(f"/cameras/{again}")
    assert [row.deer for row in counted.context["rows"]] == [1]
    assert "hx-get" not in counted.content.decode()
