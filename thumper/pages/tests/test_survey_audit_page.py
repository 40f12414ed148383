"""The audit of a survey as a ranch manager does it: a real browser, a real server, keys and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import PIL.Image
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from analysis.surveys.audit.tests.ranches import small_ranch
from conftest import wait_until
from reid.imaging import canonical, crops
from reid.models import Detection, Survey, SurveyAuditItem
from reid.storage.photo_store import photo_store
from thumper.conftest import START_SECONDS
from thumper.pages.tests.looking import NARROW

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome

    from thumper.pages.tests.looking import Looker

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def soon(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, START_SECONDS, what)


@pytest.fixture
def survey() -> Survey:
    """With a crop of each photograph."""
    made = small_ranch()[1]
    for number, detection in enumerate(Detection.objects.all()):
        shade = PIL.Image.new("RGB", (640, 480), (60 + 20 * number, 90, 60))
        photo_store.replace(canonical.crop_name(detection.pk), crops.encode_jpeg(shade))
    return made


class Page:
    """The page in words."""

    def __init__(self, browser: Chrome, site: str, survey: Survey) -> None:
        self.browser = browser
        browser.get(f"{site}/surveys/{survey.pk}/audit")
        soon(lambda: "Loading" not in self.text("#progress"), "the page has asked")

    def text(self, selector: str) -> str:
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def is_shown(self, selector: str) -> bool:
        return self.browser.find_element(By.CSS_SELECTOR, selector).is_displayed()

    def press(self, key: str) -> None:
        self.browser.switch_to.active_element.send_keys(key)

    def answer(self, key: str) -> None:
        """Press it, and wait until the page has done what it does."""
        before = self.text("#progress")
        self.press(key)
        soon(lambda: self.text("#progress") != before, f"{key} is answered")
        soon(lambda: not self.browser.execute_script("return document.body.ariaBusy"), "done")

    def item(self) -> SurveyAuditItem:
        """What is shown, by the picture of it."""
        source = self.browser.find_element(By.CSS_SELECTOR, "#probe img").get_attribute("src")
        assert source is not None
        return SurveyAuditItem.objects.get(detection=UUID(source.split("/")[-2]))

    def number_of(self, name: str) -> str:
        """The key of a deer; empty where it is not shown."""
        titles = self.browser.find_elements(By.CSS_SELECTOR, "#candidates strong")
        numbers = [one.text.split()[0] for one in titles if one.text.endswith(f" {name}")]
        return next(iter(numbers), "")


def test_an_audit_is_done_by_keys_alone_and_says_in_the_end_how_often_names_are_wrong(
    browser: Chrome, site: str, survey: Survey
) -> None:
    page = Page(browser, site, survey)
    assert page.text("#progress") == "No audit of this survey yet."
    assert "1 of deer that were seen once, and 5 of the others" in page.text("#begin")
    assert page.is_shown("#rules ul")
    browser.find_element(By.CSS_SELECTOR, "#begin button").send_keys(Keys.ENTER)
    soon(lambda: page.is_shown("#item"), "the audit has begun")
    assert page.text("#progress") == "0 answered, 6 more until it says anything"

    # A slip, taken back: the same photograph comes again.
    first = page.item()
    page.answer("c")
    assert not page.is_shown("#rules ul")
    page.answer("u")
    assert "Your last answer was taken back" in page.text("#said")
    assert not page.is_shown("#message")  # which is for what went wrong
    assert page.item() == first

    for _ in range(6):
        row = page.item()
        name = "Ada" if row.profile == "Cid" else row.profile
        page.answer(page.number_of(name))
    assert page.text("#progress") == "6 answered: nothing is left to judge"
    assert "of 100 names about 33 are of a deer" in page.text("#result")
    assert not page.is_shown("#disagreements")
    page.press("k")
    soon(lambda: "Closed with 6 answers" in page.text("#progress"), "closed")
    assert "It bears the name Cid, and was judged to be Ada." in page.text("#disagreed")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#disagreed img")) == 2
    again = browser.find_element(By.CSS_SELECTOR, "#disagreed a").get_attribute("href")
    assert again is not None
    assert "/review/?sighting=" in again
    assert not page.is_shown("#decisions")
    assert page.is_shown("#begin")
    errors = [line["message"] for line in browser.get_log("browser")]
    assert errors == []


def test_all_deer_are_looked_through_by_keys_and_the_focus_comes_back(
    browser: Chrome, site: str, survey: Survey
) -> None:
    page = Page(browser, site, survey)
    browser.find_element(By.CSS_SELECTOR, "#begin button").click()
    soon(lambda: page.is_shown("#item"), "the audit has begun")
    row = page.item()
    page.press("s")
    soon(lambda: "profiles" in page.text("#count"), "all are shown")
    page.press("zzz")  # letters go into the search, and answer nothing
    soon(lambda: page.text("#count") == "No profile has such a name.", "nothing is found")
    name = "Bea" if row.profile == "Cid" else "Cid"  # Cid is seen once: it is not its own other one
    page.press(3 * Keys.BACKSPACE + name.lower())
    soon(lambda: page.text("#count") == "1 profile", "searched")
    source = "return document.querySelector(arguments[0] + ' img').src"
    assert page.is_shown("#sought")
    assert browser.execute_script(source, "#sought") == browser.execute_script(source, "#probe")
    page.answer(Keys.ENTER)  # the only one that is left
    row.refresh_from_db()
    assert row.other == name or (row.verdict, row.profile) == ("own", name)
    assert not page.is_shown("#all")
    focused = browser.execute_script(
        "return document.activeElement.id || document.activeElement.tagName"
    )
    assert focused in ("where", "BODY")
    page.press("s")
    soon(lambda: page.is_shown("#all"), "the window is open")
    page.press(Keys.ESCAPE)
    soon(lambda: not page.is_shown("#all"), "the window is closed")
    page.answer("c")


def test_the_slower_of_two_judges_is_told_and_goes_on(
    browser: Chrome, site: str, survey: Survey
) -> None:
    page = Page(browser, site, survey)
    browser.find_element(By.CSS_SELECTOR, "#begin button").click()
    soon(lambda: page.is_shown("#item"), "the audit has begun")
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    other = Page(browser, site, survey)
    soon(lambda: other.is_shown("#item"), "shown there too")
    other.answer("c")
    browser.close()
    browser.switch_to.window(first)
    page.answer("r")
    assert "local has judged item" in page.text("#message")
    assert page.text("#progress").startswith("1 answered")
    assert SurveyAuditItem.objects.exclude(verdict="").count() == 1


def test_the_page_is_in_order_before_and_during_an_audit(looker: Looker, survey: Survey) -> None:
    address = f"/surveys/{survey.pk}/audit"
    assert looker.at(address, "survey-audit-begin") == []
    looker.browser.find_element(By.CSS_SELECTOR, "#begin button").click()
    page = looker.browser.find_element(By.ID, "item")
    soon(page.is_displayed, "the audit has begun")
    assert looker.at(address, "survey-audit-item") == []
    rows = looker.browser.execute_script(
        "return ['#candidates', '#decisions'].map((one) => document.querySelector(one).getBoundingClientRect().toJSON())"
    )
    assert rows[0]["bottom"] <= rows[1]["top"]  # no deer lies under the keys
    looker.browser.find_element(By.CSS_SELECTOR, "[data-key=s]").click()
    soon(lambda: looker.browser.find_elements(By.CSS_SELECTOR, "#found button"), "all are shown")
    looker.wait()
    assert list(looker.faults()) == []
    looker.keep("survey-audit-all")
    looker.resize(NARROW, dark=False)
    looker.wait()
    tops = looker.browser.execute_script(
        "return ['#sought', '#seek'].map((one) => document.querySelector(one).getBoundingClientRect().toJSON())"
    )
    assert tops[0]["bottom"] <= tops[1]["top"]  # the photograph covers no field
