"""The audit page as a volunteer uses it: a real browser, a real server, keys and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from analysis.tests.herds import herd
from analysis.tests.small_herds import judge, small_herd
from conftest import wait_until
from reid.models import AuditItem, AuditPlan, Detection
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def soon(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, START_SECONDS, what)


class Page:
    """The page in words, from the moment that it has something to judge."""

    def __init__(self, browser: Chrome, site: str) -> None:
        self.browser = browser
        browser.get(f"{site}/review/audit")
        soon(lambda: "Loading" not in self.text("#progress"), "the page has asked")
        if self.is_shown("#begin"):
            browser.find_element(By.CSS_SELECTOR, "#begin button").click()
            soon(lambda: self.is_shown("#item"), "the audit has begun")

    def text(self, selector: str) -> str:
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def is_shown(self, selector: str) -> bool:
        return self.browser.find_element(By.CSS_SELECTOR, selector).is_displayed()

    def press(self, key: str, on: str = "body") -> None:
        """Press it, and wait until the page has done what it does."""
        before = self.text("#progress")
        self.browser.find_element(By.CSS_SELECTOR, on).send_keys(key)
        soon(lambda: self.text("#progress") != before, f"{key} is answered")


def test_an_audit_is_judged_from_the_keyboard_and_the_slower_one_is_told(
    browser: Chrome, site: str
) -> None:
    herd()
    page = Page(browser, site)
    assert AuditPlan.objects.get().alpha_fdp == 0.05
    assert page.text("#progress").startswith("0 answered, about ")
    assert page.is_shown("#rules ul")  # open before the first answer
    assert "score" not in page.text("#item")
    page.press("r")
    page.press("c")
    page.press(Keys.ENTER, on="#candidates button")  # a deer is a button, for whoever has no mouse
    assert page.text("#progress").startswith("3 answered")
    assert not page.is_shown("#rules ul")
    judged = list(AuditItem.objects.exclude(outcome="").order_by("judged_at"))
    assert [item.outcome for item in judged[:2]] == ["wrong", "cannot_tell"]
    assert {item.reviewer.get_username() for item in judged if item.reviewer} == {"local"}
    # Crops are not made in this herd: their places say so, and the console knows of nothing else.
    errors = [line["message"] for line in browser.get_log("browser")]
    assert [text for text in errors if "/crop" not in text] == []

    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    Page(browser, site).press("c")
    browser.close()
    browser.switch_to.window(first)
    page.press("r")
    assert "local has judged item" in page.text("#message")
    assert page.text("#progress").startswith("4 answered")
    assert AuditItem.objects.exclude(outcome="").count() == 4


def test_the_end_says_what_is_proven(browser: Chrome, site: str) -> None:
    herd()
    page = Page(browser, site)
    while page.is_shown("#item"):
        page.press("c")
    soon(lambda: page.is_shown("#result"), "the result is shown")
    assert "were wrong: too many for an FDP of at most 5%" in page.text("#result")
    assert AuditPlan.objects.get().status == AuditPlan.Status.FAILED


def test_a_small_herd_is_certified_by_batches_and_taken_back(browser: Chrome, site: str) -> None:
    small_herd(unreviewed=20)
    browser.get(f"{site}/review/audit")
    soon(lambda: browser.find_element(By.ID, "begin").is_displayed(), "a batch is offered")
    effort = browser.find_element(By.ID, "effort").text
    assert "certified for this batch" in effort
    assert "all 20 20 20 20" in effort  # each of so few is judged
    assert "each of the 20 is judged" in browser.find_element(By.ID, "offer").text
    page = Page(browser, site)
    assert AuditPlan.objects.get().kind == AuditPlan.Kind.BATCH
    page.press("c")
    assert page.is_shown("#abandon")
    assert not page.is_shown("#assign")
    judge(AuditPlan.objects.get())
    page = Page(browser, site)
    soon(lambda: page.is_shown("#assign"), "the batch has passed")
    browser.find_element(By.ID, "assign").click()
    soon(
        lambda: "sightings have their deer, certified for this batch" in page.text("#message"),
        "assigned",
    )
    found = AuditItem.objects.filter(is_planted=False, outcome="right").count()
    assert Detection.objects.filter(identity_source="certified").count() == found
    assert page.is_shown("#undo")
    browser.find_element(By.ID, "undo").click()
    soon(lambda: page.is_shown("#assign"), "the names are taken back")
    assert not Detection.objects.filter(identity_source="certified").exists()
    browser.find_element(By.ID, "abandon").click()
    soon(lambda: "was given up" in page.text("#message"), "abandoned")
