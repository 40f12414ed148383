"""Pages of deer in a real browser: in order wide and narrow, light and dark; and what people do there, by keyboard alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import PIL.Image
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import wait_until
from reid.imaging import canonical, crops
from reid.models import Deer, DeerSeason, Detection, Operation, Tag
from reid.storage.photo_store import photo_store
from reid.tests import make

if TYPE_CHECKING:
    from thumper.pages.tests.looking import Looker

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


SOON = 60  # seconds, on a machine that does other things too


def herd() -> Deer:
    """Thirty deer; the first one with all that a page can show."""
    hickory = make.deer("Hickory", sex="buck", notes="Limps on the left.")
    hickory.tags.set(Tag.objects.named(["north herd"]))
    DeerSeason.objects.create(deer=hickory, year=2025, points=8, age_class="3.5")
    places = [make.camera(f"Gate {n}", latitude=30 + n / 100, longitude=-98.5) for n in range(2)]
    for number in range(3):
        image = make.image(camera=places[number % 2], captured_at=make.later(days=number))
        make.detection(deer=hickory, image=image, flank="left", is_reference=number == 0)
    scorer = make.scorer()
    run = make.run(scorer)
    for number in range(29):
        other = make.detection(deer=make.deer(f"Deer {number:02}"))
        if number < 3:
            make.score(other, hickory, 8000 - number, run)
    for number, detection in enumerate(Detection.objects.all()):
        shade = PIL.Image.new("RGB", (64, 48), (60 + 4 * number, 90, 60))
        photo_store.replace(canonical.crop_name(detection.pk), crops.encode_jpeg(shade))
    return hickory


def test_the_pages_are_in_order_in_all_four_looks(looker: Looker) -> None:
    hickory = herd()
    other = Deer.objects.get(name="Deer 00")
    page = f"/deer/{hickory.pk}"
    for address, name in (
        ("/deer/", "deer-all"),
        ("/deer/?search=nobody", "deer-none"),
        (page, "deer-one"),
        (f"{page}/edit", "deer-edit"),
        (f"{page}/history", "deer-history"),
        (f"{page}/look-alikes", "deer-look-alikes"),
        (f"{page}/merge", "deer-merge-search"),
        (f"{page}/merge?with={other.pk}", "deer-merge"),
        (f"{page}/split", "deer-split"),
    ):
        found = looker.at(address, name)
        assert not found, (address, found)


def test_another_deer_is_found_by_the_beginning_of_its_name_with_keys_alone(
    looker: Looker,
) -> None:
    hickory = herd()
    looker.open(f"/deer/{hickory.pk}/merge")
    browser = looker.browser
    field = browser.find_element(By.ID, "with")
    field.send_keys("Deer 1")
    listed = "return [...document.querySelectorAll('#with-names option')].map((one) => one.value)"
    names = [f"Deer {number}" for number in range(10, 20)]
    wait_until(lambda: browser.execute_script(listed)[:10] == names, SOON, "its names are listed")
    field.send_keys("2", Keys.ENTER)
    wait_until(
        lambda: "Are Hickory and Deer 12 one deer?" in browser.page_source, SOON, "both are shown"
    )


def test_cards_come_as_they_are_scrolled_to(looker: Looker) -> None:
    herd()
    looker.open("/deer/?order=name")
    browser = looker.browser

    def cards() -> int:
        return len(browser.find_elements(By.CSS_SELECTOR, "#cards .card"))

    assert cards() == 24
    browser.execute_script("window.scrollTo(0, document.body.scrollHeight)")
    wait_until(lambda: cards() == 30, SOON, "the other cards")
    assert list(looker.faults()) == []


def test_facts_are_edited_in_place_by_keyboard_and_undone(looker: Looker) -> None:
    hickory = herd()
    looker.open(f"/deer/{hickory.pk}")
    browser = looker.browser

    def active() -> str:
        script = "return document.activeElement.name || document.activeElement.id"
        return str(browser.execute_script(script))

    browser.find_element(By.LINK_TEXT, "Edit facts").send_keys(Keys.ENTER)
    wait_until(lambda: active() == "sex", SOON, "the form has the focus")
    # sex, alive, born
    browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert active() == "born_on"
    browser.switch_to.active_element.send_keys("some day", Keys.ENTER)
    wait_until(lambda: "Write a year such as 2021" in browser.page_source, SOON, "a refusal")
    wait_until(lambda: active() == "born_on", SOON, "the field that is wrong")
    browser.switch_to.active_element.send_keys(Keys.CONTROL, "a")
    browser.switch_to.active_element.send_keys("2021", Keys.ENTER)
    wait_until(lambda: "Profile edited" in browser.page_source, SOON, "told")
    wait_until(lambda: active() == "facts", SOON, "the panel has the focus")
    hickory.refresh_from_db()
    assert hickory.born_on is not None
    assert hickory.born_on.year == 2021
    assert looker.site in browser.current_url
    assert browser.current_url.endswith(str(hickory.pk))  # no other page was opened
    browser.find_element(By.CSS_SELECTOR, ".told button").send_keys(Keys.ENTER)
    wait_until(lambda: "Undone: Profile edited" in browser.page_source, SOON, "undone")
    assert Deer.objects.get(pk=hickory.pk).born_on is None
    assert list(looker.faults()) == []


def test_parts_come_when_they_are_scrolled_to_and_the_map_when_it_is_asked_for(
    looker: Looker,
) -> None:
    hickory = herd()
    looker.open(f"/deer/{hickory.pk}")
    browser = looker.browser

    def shows(text: str) -> bool:
        return text in browser.page_source

    button = browser.find_element(By.ID, "show-map")
    button.send_keys(Keys.ENTER)
    wait_until(
        lambda: len(browser.find_elements(By.CSS_SELECTOR, "#map .spot")) == 2,
        SOON,
        "two cameras on the map",
    )
    assert "Gate 0" in browser.find_element(By.ID, "map").text
    titles = [one.get_attribute("title") for one in browser.find_elements(By.CSS_SELECTOR, ".spot")]
    assert "Gate 0, 2 sightings" in titles
    assert browser.find_elements(By.CSS_SELECTOR, "#map .grid-tile")  # as on the map of all cameras
    for section, text in (("alike-title", "score 0.80"), ("history-title", "Nothing was decided")):
        heading = browser.find_element(By.ID, section)
        browser.execute_script("arguments[0].scrollIntoView()", heading)
        wait_until(partial(shows, text), SOON, text)
    faults = [fault for fault in looker.faults() if "weighs" not in fault]  # Leaflet was asked for
    assert faults == []


def test_a_near_name_asks_before_a_deer_is_renamed(looker: Looker) -> None:
    hickory = herd()
    looker.open(f"/deer/{hickory.pk}", 390)
    browser = looker.browser
    browser.find_element(By.CSS_SELECTOR, ".rename summary").send_keys(Keys.ENTER)
    field = browser.find_element(By.NAME, "name")
    field.clear()
    field.send_keys("Dear 07", Keys.ENTER)
    looker.wait()
    wait_until(
        lambda: "is nearly the name of a deer that you know" in browser.page_source,
        SOON,
        "asked",
    )
    assert [fault for fault in looker.faults() if "409" not in fault] == []
    browser.find_element(By.NAME, "confirm_new").send_keys(Keys.ENTER)
    wait_until(lambda: "<h1>Dear 07</h1>" in browser.page_source, SOON, "renamed")
    assert Operation.objects.filter(kind="edit_deer").count() == 1
