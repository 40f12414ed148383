"""A deer named on the review page: the button says what it does, and a name that is nearly another one's asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import wait_until
from reid.models import Deer
from reid.tests import make
from reid.tests.reviewing import sighting
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def test_a_name_that_is_nearly_another_ones_asks_and_the_button_says_what_it_does(
    browser: Chrome, site: str
) -> None:
    make.detection(deer=make.deer("Hickory"))
    for _ in range(3):
        sighting()
    browser.get(f"{site}/review/")

    def text(selector: str) -> str:
        return browser.find_element(By.CSS_SELECTOR, selector).text

    def soon(selector: str, what: str) -> None:
        wait_until(lambda: what in text(selector), START_SECONDS, what)

    def say(keys: str) -> None:
        browser.find_element(By.TAG_NAME, "body").send_keys("n")
        browser.find_element(By.ID, "name").send_keys(keys)

    soon("#progress", "3 to go")
    say("hickori")
    soon("#naming-do", "Make a new deer called hickori")
    soon("#naming-near", "It is Hickory")
    # Enter by habit makes no deer: it puts the question, with the known deer first.
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(
        lambda: browser.switch_to.active_element.text == "It is Hickory", START_SECONDS, "asked"
    )
    assert Deer.objects.count() == 1
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    soon("#progress", "2 to go")
    assert Deer.objects.get().detections.count() == 2

    say("hickori")
    soon("#naming-near", "It is Hickory")
    browser.find_element(By.ID, "naming-do").click()
    wait_until(
        lambda: browser.switch_to.active_element.text == "It is Hickory", START_SECONDS, "asked"
    )
    browser.find_element(By.ID, "naming-do").click()
    soon("#progress", "1 to go")
    assert set(Deer.objects.values_list("name", flat=True)) == {"Hickory", "hickori"}

    say("HICKORY")
    soon("#naming-do", "It is Hickory")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    soon("#progress", "Nothing waits")
    assert Deer.objects.get(name="Hickory").detections.count() == 3
    messages = [line["message"] for line in browser.get_log("browser")]
    assert [text for text in messages if "/crop" not in text] == []  # no crops were made
