"""Surveys as a person does them: a real browser, a real server, a real worker; and every page looked at, with many sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.keys import Keys

from analysis.surveys.tests.herds import herd
from reid.models import Survey
from reid.tests import make
from thumper.pages.imports.tests.test_browser import Page
from thumper.pages.surveys.tests.documents import stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome

    from thumper.pages.tests.looking import Looker

pytestmark = [
    pytest.mark.service,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]
DEER, DAYS = 12, 28


@pytest.fixture
def ranch() -> None:
    """Two autumns of four weeks: 12 deer, 3 cameras; each day a deer is seen with 0.05 at each."""
    herd(deer=DEER, days=DAYS, chance=0.05, seed=16, years=(2024, 2025))


def test_from_the_cameras_to_the_number_and_to_two_years_compared(
    redis_client: Any,
    ranch: None,
    browser: Chrome,
    site: str,
    start_process: Callable[..., Any],
) -> None:
    start_process("rqworker", "maintenance")
    page = Page(browser)

    def follow(text: str) -> None:
        """A link of the heading."""
        browser.find_element("css selector", ".heading").find_element("link text", text).click()

    def fill(name: str, value: str) -> None:
        field = page.one(f"#new-{name}")
        browser.execute_script("arguments[0].value = arguments[1]", field, value)

    browser.get(f"{site}/surveys/")
    for year in (2024, 2025):
        follow("New survey")
        page.says("First look at what the cameras did")
        for name, value in (
            ("name", f"Autumn {year}"),
            ("start", f"{year}-10-01"),
            ("end", f"{year}-10-28"),
        ):
            fill(name, value)
        page.press("Look at the effort")
        page.says("3 / 3")
        page.one("button[value=make]").send_keys(Keys.ENTER)
        page.says("is made.")
        page.one("form[action$='/estimate'] button").send_keys(Keys.ENTER)
        page.says("There is no number to rely on yet.")
        page.says("Are there still new deer?")
        follow("Surveys")
    page.press("Compare two")
    page.says("takes every name for right")
    page.says("the ranges meet: it may as well be chance")
    assert page.complaints == []
    assert Survey.objects.filter(result__isnull=False, problem="").count() == 2

    page.press("Autumn 2025")
    page.press("Delete this survey")
    page.press("Delete it")
    page.says("is deleted.")
    assert [survey.name for survey in Survey.objects.all()] == ["Autumn 2024"]


def test_every_page_of_surveys_is_in_order(redis_client: Any, looker: Looker) -> None:
    small = stored("Five deer", deer=5, cameras=1)
    large = stored("Three hundred deer", deer=300, cameras=30, years=1, is_checked=True)
    once = stored("Nobody twice", deer=9, cameras=3, years=2, again=False)
    nobody = stored("Nobody at all", deer=0, cameras=2, years=3)
    for address, name in (
        ("/surveys/", "list"),
        ("/surveys/new", "new"),
        (f"/surveys/{small.pk}", "small"),
        (f"/surveys/{large.pk}", "large"),
        (f"/surveys/{once.pk}", "once"),
        (f"/surveys/{nobody.pk}", "nobody"),
        (f"/surveys/{small.pk}/delete", "delete"),
        (f"/surveys/compare?a={small.pk}&b={large.pk}", "compare"),
    ):
        faults = looker.at(address, f"surveys-{name}")
        assert not faults, (address, faults)


def test_the_effort_before_a_survey_is_in_order(
    redis_client: Any, ranch: None, looker: Looker
) -> None:
    make.camera("a camera with a very long name that never ran anywhere at all")
    looker.open("/surveys/new")
    page = Page(looker.browser)
    looker.browser.execute_script(
        "for (const [name, value] of arguments[0]) document.getElementById(`new-${name}`).value = value",
        [("name", "A"), ("start", "2025-10-01"), ("end", "2025-10-28")],
    )
    page.press("Look at the effort")
    page.says("did not run on any of these days")
    looker.wait()
    for width in (1280, 390):
        for dark in (False, True):
            looker.resize(width, dark=dark)
            faults = list(looker.faults())
            assert not faults, (width, dark, faults)
            looker.keep(f"surveys-preview-{width}-{'dark' if dark else 'light'}")
