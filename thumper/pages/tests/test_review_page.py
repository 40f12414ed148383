"""A wrong link split on the review page: a real browser, a real server, and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from conftest import wait_until
from reid.models import Operation, Sighting
from reid.tests.reviewing import sighting
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def test_pictures_of_another_animal_are_marked_and_parted_by_two_keys(
    browser: Chrome, site: str
) -> None:
    both = sighting(frames=3)
    browser.get(f"{site}/review/")

    def text(selector: str) -> str:
        return browser.find_element(By.CSS_SELECTOR, selector).text

    def soon(progress: str) -> None:
        wait_until(lambda: progress in text("#progress"), START_SECONDS, progress)

    soon("0 reviewed, 1 to go")
    body = browser.find_element(By.CSS_SELECTOR, "body")
    body.send_keys("p")
    assert "Mark the pictures" in text("#message")
    browser.find_elements(By.CSS_SELECTOR, "#frames button")[2].click()
    body.send_keys("m")
    marked = browser.find_elements(By.CSS_SELECTOR, "#frames .marked")
    assert [one.get_attribute("aria-label") for one in marked] == [
        "picture 3, marked as another animal"
    ]
    body.send_keys("p")
    soon("0 reviewed, 2 to go")
    done = Operation.objects.get()
    assert (done.kind, Sighting.objects.count()) == ("split", 2)
    assert both.detections.count() == 2
    body.send_keys("u")
    soon("1 to go")
    assert Sighting.objects.get() == both
