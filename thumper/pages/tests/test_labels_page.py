"""Labels in doubt on their page: a real browser, a real server, and one key an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from analysis.tests.dirty_stores import dirty_store
from conftest import wait_until
from reid.models import Deer, IdentityEvent, Operation
from reid.tests.reviewing import state
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


class Page:
    """The page in words."""

    def __init__(self, browser: Chrome, site: str) -> None:
        self.browser = browser
        browser.get(f"{site}/review/labels")

    def text(self, selector: str) -> str:
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def soon(self, question: str) -> None:
        wait_until(lambda: question in self.text("body"), START_SECONDS, question)

    def press(self, key: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, "body").send_keys(key)


def test_doubts_are_answered_by_one_key_each_and_taken_back(browser: Chrome, site: str) -> None:
    store = dirty_store()
    page = Page(browser, site)
    page.soon("Are Eve and Fay one deer?")
    assert page.text("#progress") == "2 to look at"
    assert len(browser.find_elements(By.CSS_SELECTOR, "#sides .picture")) == 6
    page.press("m")
    page.soon("This is called Ada. Is it Bea?")
    assert Deer.objects.get(name="Eve").merged_into == store.deer["Fay"]
    assert "whom it looks like, score 0.9" in page.text("#sides")
    page.press("w")
    page.soon("Why Bea?")
    assert "compares embeddings alone" in page.text("#why")
    page.press("m")
    page.soon("No label is in doubt.")
    assert state(store.wrong) == [("Bea", "reviewed", True)]
    page.press("u")
    page.soon("This is called Ada. Is it Bea?")
    page.press("t")
    page.soon("No label is in doubt.")
    assert state(store.wrong) == [(None, "none", False)]
    page.press("u")
    page.soon("This is called Ada. Is it Bea?")
    page.press("k")
    page.soon("No label is in doubt.")
    assert len(IdentityEvent.objects.kept_labels()) == 1
    kinds = ["merge", "assign", "undo", "reject", "undo", "keep_label"]
    assert list(Operation.objects.order_by("created_at").values_list("kind", flat=True)) == kinds
    selections = Operation.objects.exclude(kind="undo").values_list("selection", flat=True)
    assert set(selections) == {"doubt"}
    # Crops are not made in this herd: their places say so, and the console knows of nothing else.
    errors = [line["message"] for line in browser.get_log("browser")]
    assert [text for text in errors if "/crop" not in text] == []


def test_two_deer_stay_two_and_what_is_skipped_comes_again_on_another_visit(
    browser: Chrome, site: str
) -> None:
    dirty_store()
    page = Page(browser, site)
    page.soon("Are Eve and Fay one deer?")
    page.press("s")
    page.soon("1 to look at, 1 skipped")
    page.press("s")
    page.soon("Nothing else is in doubt, 2 skipped.")
    page = Page(browser, site)
    page.soon("Are Eve and Fay one deer?")
    page.press("k")
    page.soon("This is called Ada.")
    assert len(IdentityEvent.objects.kept_apart()) == 1
