"""Acts on the pages of cameras: done, said, refused beside their field, and undone."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from reid.cameras import changes
from reid.models import (
    Camera,
    CameraChange,
    CameraMerge,
    ClockCorrection,
    Deployment,
    Image,
    Outage,
)
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    return make.camera("Gate", latitude="30.101", longitude="-98.203")


def said(answer: Any) -> str:
    """The messages of a page, without their tags."""
    found = re.findall(r'<p class="said[^"]*"[^>]*>(.*?)</p>', answer.content.decode())
    return html.unescape(" ".join(found))


def page(client: Client, camera: Camera, **query: Any) -> str:
    answer = client.get(f"/cameras/{camera.pk}", query)
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(text: str, action: str) -> dict[str, str]:
    """The values of one form of a page, as a browser would send them back."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert form, action
    fields = re.findall(r"<input[^>]*>", form[0])
    values = {}
    for field in fields:
        name, value = (re.search(rf' {key}="([^"]*)"', field) for key in ("name", "value"))
        if name:
            values[name[1]] = html.unescape(value[1]) if value else ""
    for name, value in re.findall(
        r'<textarea name="(\w+)"[^>]*>\n?(.*?)</textarea>', form[0], re.DOTALL
    ):
        values[name] = html.unescape(value)
    values.pop("csrfmiddlewaretoken", None)
    return values


def post(client: Client, address: str, **values: Any) -> Any:
    return client.post(address, values, follow=True)


def undo_address(text: str) -> str:
    """Of the first undo that the page offers."""
    found = re.search(r'action="([^"]*/undo-[^"]*)"', text)
    assert found
    return found[1]


def test_a_form_that_is_sent_back_as_it_stands_changes_nothing(
    client: Client, gate: Camera
) -> None:
    address = f"/cameras/{gate.pk}/edit"
    values = form_of(page(client, gate), address)
    assert values["latitude"] == "30.101000"
    answer = post(client, address, **values)
    assert changes.SAME in answer.content.decode()
    assert not CameraChange.objects.exists()


def test_a_camera_is_renamed_and_its_undo_stands_at_the_top(client: Client, gate: Camera) -> None:
    address = f"/cameras/{gate.pk}/edit"
    values = form_of(page(client, gate), address) | {"name": "North Gate"}
    answer = post(client, address, **values)
    assert said(answer) == "Camera edited: name: Gate, now North Gate"
    undone = post(client, undo_address(answer.content.decode()))
    assert said(undone) == "Undone: Camera edited: name: Gate, now North Gate"
    gate.refresh_from_db()
    assert gate.name == "Gate"


def test_a_deployment_is_entered_changed_removed_and_brought_back(
    client: Client, gate: Camera
) -> None:
    autumn = {"started_on": "2025-09-01", "ended_on": "2025-11-30", "latitude": "", "longitude": ""}
    answer = post(client, f"/cameras/{gate.pk}/deployments", **autumn)
    assert said(answer) == "Deployment entered: 1 Sep 2025 to 30 Nov 2025"
    address = f"/cameras/{gate.pk}/deployments/{Deployment.objects.get().pk}"
    values = form_of(answer.content.decode(), address)
    answer = post(
        client, address, **values | {"ended_on": "", "latitude": "30 06 00 N", "longitude": "-98,2"}
    )
    assert said(answer) == (
        "Deployment changed: latitude: nothing, now 30.100000; longitude: nothing, now -98.200000; "
        "last day: 30 Nov 2025, now nothing"
    )
    answer = post(client, f"{address}/remove")
    assert said(answer) == "Deployment removed: 1 Sep 2025 until now"
    assert not Deployment.objects.exists()
    post(client, undo_address(answer.content.decode()))
    row = Deployment.objects.get()
    assert (row.started_on, row.ended_on) == (date(2025, 9, 1), None)


def test_what_is_wrong_stands_in_the_form_that_is_open_again(client: Client, gate: Camera) -> None:
    first = {"started_on": "2025-09-01", "ended_on": "2025-09-30"}
    post(client, f"/cameras/{gate.pk}/outages", **first, reason="bear")
    answer = post(client, f"/cameras/{gate.pk}/outages", **first)
    text = answer.content.decode()
    assert "was out already from 2025-09-01 to 2025-09-30" in html.unescape(text)
    assert '<details class="panel" open><summary>Enter an outage' in text
    answer = post(client, f"/cameras/{gate.pk}/deployments", started_on="2025-09-01", latitude="98")
    assert "not a number of degrees from -90 to 90." in html.unescape(answer.content.decode())
    assert Outage.objects.get().reason == "bear"
    assert not Deployment.objects.exists()


def test_whoever_sends_an_older_state_is_told_and_nothing_is_lost(
    client: Client, gate: Camera
) -> None:
    address = f"/cameras/{gate.pk}/edit"
    values = form_of(page(client, gate), address)
    post(client, address, **values | {"notes": "mine"})
    answer = post(client, address, **values | {"notes": "theirs"})
    assert changes.SEEN_OTHERWISE in answer.content.decode()
    gate.refresh_from_db()
    assert gate.notes == "mine"


def test_a_clock_is_looked_at_set_right_and_set_back(client: Client, gate: Camera) -> None:
    at = datetime(2001, 1, 1, 0, 5, tzinfo=UTC)
    image = make.image(camera=gate, captured_at=at, clock_problem=Image.ClockProblem.FACTORY)
    address = f"/cameras/{gate.pk}/clock"
    form = client.get(address).content.decode()
    assert 'value="2001-01-01 00:05:00"' in form
    values = {
        "set_from": "2001-01-01 00:05:00",
        "to": "2025-10-03 17:45",
        "first_day": "2001-01-01",
    }
    look = post(client, address, **values, act="look").content.decode()
    assert "1 photograph would move by +9041 days 17 hours 40 minutes" in look
    assert "2025-10-03 17:45:00" in look
    assert not ClockCorrection.objects.exists()
    done = post(client, address, **values, act="do")
    assert said(done) == "1 photograph was moved by +9041 days 17 hours 40 minutes."
    image.refresh_from_db()
    assert image.captured_at == datetime(2025, 10, 3, 17, 45, tzinfo=UTC)
    assert "Its clock may be wrong" not in done.content.decode()
    undone = post(client, undo_address(done.content.decode()))
    assert said(undone) == "Undone: 1 photograph has its time back."
    image.refresh_from_db()
    assert image.captured_at == at


def test_a_shift_that_is_none_is_said(client: Client, gate: Camera) -> None:
    answer = post(client, f"/cameras/{gate.pk}/clock", shift="an hour", act="look")
    assert "is no shift: write it as +1h30m" in html.unescape(answer.content.decode())


def test_two_cameras_are_merged_and_parted(client: Client, gate: Camera) -> None:
    other = make.camera("Gate 2")
    make.image(camera=other)
    address = f"/cameras/{other.pk}/merge"
    look = post(client, address, into=str(gate.pk), act="look")
    assert "Gate 2 would be Gate from now on" in look.content.decode()
    assert not CameraMerge.objects.exists()
    done = post(client, address, into=str(gate.pk), act="do")
    assert done.redirect_chain[-1][0] == f"/cameras/{gate.pk}"
    assert said(done) == "Gate 2 is Gate now. Undo it in the history of Gate."
    leads = client.get(f"/cameras/{other.pk}")
    assert leads.headers["Location"] == f"/cameras/{gate.pk}"
    undone = post(client, undo_address(done.content.decode()))
    assert said(undone) == "Undone: Gate 2 is a camera of its own again."
    assert Image.objects.get().camera == other


def test_an_act_of_another_camera_is_not_undone_here(client: Client, gate: Camera) -> None:
    answer = post(client, f"/cameras/{gate.pk}/edit", name="Oak")
    address = undo_address(answer.content.decode())
    other = make.camera("Pond")
    answer = client.post(address.replace(str(gate.pk), str(other.pk)))
    assert answer.status_code == 404
    gate.refresh_from_db()
    assert gate.name == "Oak"
