"""The exports page as a person uses it: a real browser, a real server, a real worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from pypdf import PdfReader

from conftest import wait_until
from exports.lifecycle import status
from exports.lifecycle.keys import key_of
from exports.requests.rules import START_BEFORE_END
from reid.tests import make
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = [
    pytest.mark.service,
    pytest.mark.usefixtures("export_root"),
    pytest.mark.django_db(transaction=True),
]

TITLE = "Rut <b>& velvet</b>"


class Stage:
    """A worker whose work-horses stand still at the step that `at` names, until `go`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at("nowhere")

    def at(self, step: str) -> None:
        for name in ("held", "go"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "at").write_text(step)

    def go(self) -> None:
        self.at("nowhere")
        (self.folder / "go").touch()


@pytest.fixture
def stage(tmp_path: Path, start_process: Callable[..., Any]) -> Stage:
    folder = tmp_path / "hold"
    folder.mkdir()
    stage = Stage(folder)
    held = "thumper.tests.held_worker.HeldWorker"
    start_process("rqworker", "exports", "--worker-class", held, HOLD_DIR=str(folder))
    return stage


class Page:
    """The page in words: its form, and its rows by title."""

    def __init__(self, browser: Chrome, site: str) -> None:
        self.browser = browser
        browser.get(f"{site}/exports/")
        self.wait(lambda: self.one("#none").is_displayed() or self.rows, "the list is there")

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """The script replaces rows as it looks: one that has just gone is looked for again."""
        from selenium.common.exceptions import (
            NoSuchElementException,
            StaleElementReferenceException,
        )

        def holds() -> object:
            try:
                return condition()
            except (NoSuchElementException, StaleElementReferenceException):
                return False

        try:
            wait_until(holds, START_SECONDS, what)
        except pytest.fail.Exception:
            pytest.fail(f"not so: {what}; the page says: {self.one('main').text}")

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element("css selector", selector)

    @property
    def rows(self) -> list[WebElement]:
        return self.browser.find_elements("css selector", "#exports tbody tr")

    def says(self, text: str, row: int = 0) -> Callable[[], bool]:
        return lambda: len(self.rows) > row and text in self.rows[row].text

    def choose(self, name: str, value: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self.one(f"#form [name={name}]")).select_by_value(value)

    def day(self, name: str, value: str) -> None:
        """A date field is typed in the language of the browser: set it as a picker does."""
        field = self.one(f"#form [name={name}]")
        self.browser.execute_script(
            "arguments[0].value = arguments[1];"
            "arguments[0].dispatchEvent(new Event('change', {bubbles: true}));",
            field,
            value,
        )

    def start(self) -> None:
        self.one("#form button").click()

    def press(self, label: str, row: int = 0) -> None:
        """Click what a person who hears the page would: by the name that is read out."""
        self.rows[row].find_element("css selector", f"[aria-label^='{label} ']").click()

    @property
    def complaints(self) -> list[str]:
        """What the browser's console holds: a script's error, or something that was not found."""
        return [entry["message"] for entry in self.browser.get_log("browser")]


@pytest.fixture
def page(redis_client, browser: Chrome, site: str) -> Page:
    return Page(browser, site)


def saved(folder: Path) -> list[Path]:
    """What has been downloaded whole: Chromium writes under other names until then."""
    return [path for path in folder.iterdir() if path.suffix in (".pdf", ".zip")]


def test_a_report_is_asked_for_watched_downloaded_built_again_and_deleted(
    stage: Stage, page: Page, downloads: Path
) -> None:
    make.detection()
    stage.at("rendering")
    page.one("[name=title]").send_keys(TITLE)
    page.day("start_date", "2025-09-01")
    page.day("end_date", "2025-10-31")
    page.start()
    page.wait(page.says("rendering"), "it says how far it is")
    assert TITLE in page.rows[0].text  # as text, not as markup
    assert page.rows[0].find_elements("css selector", "progress")

    stage.go()
    page.wait(page.says("ready"), "it says that it is ready, with nobody asking")
    assert page.one("#news").get_attribute("textContent") == f"{TITLE}: completed"
    page.press("Download")
    wait_until(lambda: saved(downloads), START_SECONDS, "the file is saved")
    (file,) = saved(downloads)
    assert file.name == "Rut -b-& velvet-b.pdf"
    assert TITLE in " ".join(PdfReader(file).pages[0].extract_text().split())

    stage.at("rendering")
    page.press("Build")
    page.wait(lambda: len(page.rows) == 2, "it is built again, beside the first")
    page.wait(page.says("rendering"), "the new one stands above")
    stage.go()
    page.wait(page.says("ready"), "it is ready too")

    page.press("Delete")
    page.wait(lambda: len(page.rows) == 1, "one is gone")
    page.press("Delete")
    page.wait(lambda: page.one("#none").is_displayed(), "and the other")
    assert list(Path(settings.EXPORT_ROOT).iterdir()) == []
    assert page.complaints == []


def test_what_is_in_work_is_cancelled(stage: Stage, page: Page) -> None:
    stage.at("rendering")
    page.start()
    page.wait(page.says("rendering"), "it is in work")
    page.press("Cancel")
    page.wait(lambda: page.one("#none").is_displayed(), "it is gone from the page")
    wait_until(lambda: not list(Path(settings.EXPORT_ROOT).iterdir()), 20, "and its file")
    assert status.store().everybodys() == []
    assert not page.one("#message").is_displayed()


def test_a_comparison_and_an_archive_are_asked_for_with_what_belongs_to_them(
    stage: Stage, page: Page, downloads: Path
) -> None:
    make.detection(image=make.image(with_file=True))
    page.choose("kind", "comparison")
    for name, value in (
        ("start_date", "2025-10-01"),
        ("end_date", "2025-10-31"),
        ("second_start", "2025-09-01"),
        ("second_end", "2025-09-30"),
    ):
        assert page.one(f"[name={name}]").is_displayed()
        page.day(name, value)
    page.start()
    page.wait(page.says("ready"), "the comparison is ready")
    title = "Comparison of 2025-10-01 to 2025-10-31, 2025-09-01 to 2025-09-30"
    assert title in page.rows[0].text

    page.choose("kind", "crops")
    for name in ("second_start", "group_by", "include_charts", "title"):
        assert not page.one(f"[name={name}]").is_displayed()
    page.start()
    page.wait(lambda: len(page.rows) == 2, "the archive is there")
    page.wait(page.says("ready"), "the archive is ready")
    page.press("Download")
    wait_until(lambda: saved(downloads), START_SECONDS, "the file is saved")
    assert saved(downloads)[0].name == "Detections.zip"
    assert page.complaints == []


def test_a_refusal_says_what_is_wrong_beside_the_form(page: Page) -> None:
    page.day("start_date", "2025-10-31")
    page.day("end_date", "2025-10-01")
    page.start()
    page.wait(lambda: page.one("#wrong").text, "the refusal is shown")
    assert page.one("#wrong").text == START_BEFORE_END
    assert page.one("#form button").is_enabled()
    assert page.one("#none").is_displayed()
    page.day("start_date", "2025-09-01")
    page.start()
    page.wait(page.says("queued"), "what is right is taken")
    assert page.one("#wrong").text == ""


def test_an_export_of_another_window_appears_when_this_one_is_looked_at(
    page: Page, client: Any
) -> None:
    body = {"start_date": "2025-09-01", "end_date": "2025-10-31", "title": "From elsewhere"}
    answer = client.post("/api/exports/pdf", body, content_type="application/json")
    assert answer.status_code == 202
    page.browser.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait(page.says("From elsewhere"), "it is listed")


def test_an_export_whose_status_cannot_be_read_is_listed_and_deleted(
    page: Page, client: Any, redis_client: Any
) -> None:
    body = {"start_date": "2025-09-01", "end_date": "2025-10-31"}
    job_id = client.post("/api/exports/pdf", body, content_type="application/json").json()["job_id"]
    redis_client.set(key_of(job_id), "{broken")
    page.browser.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait(page.says("cannot be read"), "it is listed")
    page.press("Delete")
    page.wait(lambda: page.one("#none").is_displayed(), "it is gone")
    assert page.complaints == []
