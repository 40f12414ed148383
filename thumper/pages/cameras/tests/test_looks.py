"""Pages of cameras in a real browser: in order at every width, a map without complaints, and all done by keyboard."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import PIL.Image
import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import wait_until
from reid.cameras import changes, map_pictures
from reid.models import Camera, Deployment, Image, Outage
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from thumper.pages.tests.looking import Looker

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
EDGES = {"north": "30.11", "south": "30.09", "west": "-98.21", "east": "-98.19"}


@pytest.fixture
def gate() -> Camera:
    """A camera with a year of its own, a doubted clock and a history, among others of all states."""
    ann = get_user_model().objects.create(username="ann")
    today = timezone.localdate()
    row = make.camera("North Gate", latitude="30.101", longitude="-98.203")
    Deployment.objects.create(camera=row, started_on=today - timedelta(days=90))
    first, last = today - timedelta(days=60), today - timedelta(days=52)
    Outage.objects.create(camera=row, started_on=first, ended_on=last, reason="flat batteries")
    doe = make.deer("Ada")
    for days in (1, 2, 3, 20, 50):
        taken = timezone.now() - timedelta(days=days)
        make.detection(deer=doe, image=make.image(camera=row, captured_at=taken))
    make.image(
        camera=row,
        captured_at=make.NOON.replace(year=2001),
        clock_problem=Image.ClockProblem.FACTORY,
    )
    changes.edit_camera(row.pk, {"notes": "on the old oak"}, actor=ann)
    pond = make.camera("Pond", latitude="30.104", longitude="-98.199")
    make.image(camera=pond, captured_at=timezone.now() - timedelta(days=30))
    down = make.camera("Hill <b>", latitude="30.099", longitude="-98.197")
    Deployment.objects.create(camera=down, started_on=date(2025, 9, 1), ended_on=date(2025, 11, 30))
    make.camera("Nowhere")
    return row


def text_of(looker: Looker, selector: str) -> str:
    """Of an element of the page; nothing while there is none, as between two pages."""
    script = "return document.querySelector(arguments[0])?.innerText ?? ''"
    return str(looker.browser.execute_script(script, selector))


def is_focused(looker: Looker, selector: str) -> bool:
    script = "return document.activeElement === document.querySelector(arguments[0])"
    return bool(looker.browser.execute_script(script, selector))


def test_every_page_of_cameras_is_in_order(looker: Looker, gate: Camera) -> None:
    for address, name in (
        ("/cameras/", "list"),
        (f"/cameras/{gate.pk}", "one"),
        (f"/cameras/{gate.pk}/history", "history"),
        (f"/cameras/{gate.pk}/clock", "clock"),
        (f"/cameras/{gate.pk}/merge", "merge"),
        ("/cameras/map", "map"),
    ):
        faults = looker.at(address, f"cameras-{name}")
        assert not faults, (address, faults)


def test_the_map_shows_each_camera_with_its_name_as_text(looker: Looker, gate: Camera) -> None:
    looker.open("/cameras/")
    names = {one.text for one in looker.browser.find_elements(By.CSS_SELECTOR, ".leaflet-tooltip")}
    assert names == {"North Gate", "Pond", "Hill <b>"}
    looker.browser.find_element(By.CSS_SELECTOR, ".spot.running").send_keys(Keys.ENTER)
    link = ".leaflet-popup a[href^='/cameras/']"
    wait_until(lambda: is_focused(looker, link), 10, "the popup's link has the focus")
    looker.browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(lambda: text_of(looker, "h1") == "North Gate", 10, "the camera's page opens")
    looker.wait()
    assert not list(looker.faults())


def test_a_position_is_chosen_on_the_map_by_keyboard_and_undone(
    looker: Looker, gate: Camera
) -> None:
    looker.open(f"/cameras/{gate.pk}")
    choose = looker.browser.find_element(
        By.CSS_SELECTOR, f"form[action='/cameras/{gate.pk}/edit'] .fields button"
    )
    choose.send_keys(Keys.ENTER)
    assert is_focused(looker, "#map")
    keys = ActionChains(looker.browser)
    keys.send_keys(Keys.ARROW_RIGHT).perform()
    moved = "return !document.querySelector('.leaflet-pan-anim')"
    wait_until(lambda: looker.browser.execute_script(moved), 10, "the map stands still")
    ActionChains(looker.browser).send_keys(Keys.ENTER).perform()
    assert "Position taken" in text_of(looker, "#map-said")
    looker.browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(lambda: "longitude" in text_of(looker, ".said"), 10, "the change is said")
    gate.refresh_from_db()
    assert gate.longitude is not None
    assert Decimal("-98.203") < gate.longitude < Decimal("-98.19")
    looker.browser.find_element(By.CSS_SELECTOR, "main form.panel button").send_keys(Keys.ENTER)
    wait_until(lambda: "Undone" in text_of(looker, ".said"), 10, "the undo is said")
    gate.refresh_from_db()
    assert gate.longitude == Decimal("-98.203")


def test_a_wrong_coordinate_is_said_where_the_eye_is(looker: Looker, gate: Camera) -> None:
    looker.open(f"/cameras/{gate.pk}")
    field = looker.browser.find_element(By.ID, "facts-latitude")
    field.clear()
    field.send_keys("somewhere" + Keys.ENTER)
    wait_until(
        lambda: is_focused(looker, "#facts-latitude[aria-invalid]"), 10, "the field has the focus"
    )
    inside = "const box = document.querySelector('.fields .wrong').getBoundingClientRect(); return box.top > 0 && box.bottom < innerHeight"
    assert looker.browser.execute_script(inside)


def test_a_picture_is_uploaded_and_lies_under_the_map(
    looker: Looker, gate: Camera, tmp_path: Path
) -> None:
    picture = tmp_path / "ranch.png"
    PIL.Image.new("RGB", (300, 200), (90, 120, 70)).save(picture)
    looker.open("/cameras/map")
    looker.browser.find_element(By.CSS_SELECTOR, "#add-picture").send_keys(str(picture))
    for name, value in EDGES.items():
        looker.browser.find_element(By.CSS_SELECTOR, f"#add-{name}").send_keys(value)
    looker.browser.find_element(By.CSS_SELECTOR, "form[action$='/add'] button").send_keys(
        Keys.ENTER
    )
    wait_until(lambda: "ranch.png" in text_of(looker, ".said"), 10, "the picture is said")
    faults = looker.at("/cameras/", "cameras-list-picture")
    assert not faults, faults
    shown = looker.browser.find_element(By.CSS_SELECTOR, "img.leaflet-image-layer")
    assert shown.get_property("naturalWidth") == 300
    assert map_pictures.in_use() is not None
