"""Waiting sightings on the review page: those that are being compared come later, and it says so, and the navigation counts along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from conftest import wait_until
from reid.models import Detection
from reid.tests import make
from reid.tests.reviewing import sighting
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from django.test import Client

    from thumper.pages.tests.looking import Looker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.service
def test_what_is_being_compared_is_said_and_can_be_looked_at_without_waiting(
    looker: Looker,
) -> None:
    make.detection(deer=make.deer("Acacia"), is_reference=True)
    sighting(scores_stale=True)
    sighting(scores_stale=True)
    browser = looker.browser

    def text(selector: str) -> str:
        return browser.find_element(By.CSS_SELECTOR, selector).text

    assert [
        fault for fault in looker.at("/review/", "review-comparing") if "/crop" not in fault
    ] == []
    looker.open("/review/")
    said = "2 sightings are being compared with the deer that you know"
    wait_until(lambda: said in text("#comparing"), START_SECONDS, said)
    assert not browser.find_element(By.ID, "decisions").is_displayed()
    assert text("#review-waiting") == "2"
    browser.find_element(By.CSS_SELECTOR, "#comparing a").click()
    wait_until(lambda: "camera" in text("#where"), START_SECONDS, "a sighting")
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys("i")
    wait_until(lambda: text("#review-waiting") == "1", START_SECONDS, "one waits")
    body.send_keys("i")
    wait_until(lambda: not text("#review-waiting"), START_SECONDS, "none waits")
    assert [
        one.text for one in browser.find_elements(By.CSS_SELECTOR, "#decisions > *") if one.text
    ] == [
        "u undo",
        "g groups that may be new deer",
    ]


def test_one_animal_of_which_nobody_has_said_what_it_is_is_one(client: Client) -> None:
    make.detection(classification="animal")
    assert (
        "Of 1 animal nobody has said whether it is a deer"
        in client.get("/review/").content.decode()
    )
    make.detection(classification="animal")
    assert Detection.objects.unsorted().count() == 2
    assert "Of 2 animals nobody has said" in client.get("/review/").content.decode()
