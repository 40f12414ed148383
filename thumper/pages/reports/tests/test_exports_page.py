"""The page of reports as a person uses it: a real browser, a real server, a real worker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from conftest import wait_until
from exports.lifecycle import status
from exports.lifecycle.keys import key_of
from exports.tests.surveys import REFUSED, document, stored_survey
from reid.tests import make
from thumper.conftest import START_SECONDS
from thumper.pages.tests.looking import NARROW

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from thumper.pages.tests.looking import Looker

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
    """The page in words: its form, and its rows."""

    def __init__(self, browser: Chrome, site: str) -> None:
        self.browser, self.site = browser, site
        browser.get(f"{site}/exports/")

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """The list is replaced as it changes: a row that has just gone is looked for again."""
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
        return self.browser.find_elements("css selector", "#exports > li")

    def says(self, text: str, row: int = 0) -> Callable[[], bool]:
        return lambda: len(self.rows) > row and text in self.rows[row].text

    def choose(self, name: str, value: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self.one(f"#form [name={name}]")).select_by_value(value)

    def day(self, name: str, value: str) -> None:
        """A date field is typed in the language of the browser: set it as a picker does."""
        field = self.one(f"#form [name={name}]")
        self.browser.execute_script("arguments[0].value = arguments[1]", field, value)

    def submit(self, do: str = "start") -> None:
        self.one(f"#form [value={do}]").click()

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


def test_a_report_is_previewed_made_watched_downloaded_built_again_deleted_and_put_back(
    stage: Stage, page: Page, downloads: Path
) -> None:
    make.detection(image=make.image(camera=make.camera("North")))
    stage.at("rendering")
    page.one("[name=title]").send_keys(TITLE)
    page.day("start_date", "2025-09-01")
    page.day("end_date", "2025-10-31")
    page.submit("preview")
    page.wait(lambda: "1 photographs" in page.one("#preview").text.replace("\n", " "), "a preview")
    assert not page.rows  # nothing has been started

    page.submit()
    page.wait(page.says("rendering"), "it says how far it is, with nobody asking")
    assert TITLE in page.rows[0].text  # as text, not as markup
    assert page.rows[0].find_elements("css selector", "progress")
    assert not page.rows[0].find_elements("css selector", "[aria-label^='Delete ']")

    stage.go()
    page.wait(page.says("Ready"), "it says that it is ready, with nobody asking")
    assert not page.rows[0].find_elements("css selector", "[aria-label^='Cancel ']")
    page.press("Download")
    wait_until(lambda: saved(downloads), START_SECONDS, "the file is saved")
    (file,) = saved(downloads)
    assert file.name == "Rut -b-& velvet-b.pdf"
    assert TITLE in " ".join(PdfReader(file).pages[0].extract_text().split())

    page.press("Build")
    page.wait(lambda: len(page.rows) == 2, "it is built again, beside the first")
    page.wait(page.says("Ready"), "it is ready too")
    page.press("Delete")
    page.wait(lambda: len(page.rows) == 1, "one is gone")
    page.one(".said button").click()
    page.wait(lambda: len(page.rows) == 2, "it is back")
    assert "Its file is gone" in page.rows[0].text
    assert page.complaints == []


def test_what_is_in_work_is_cancelled_and_stays_listed(stage: Stage, page: Page) -> None:
    stage.at("rendering")
    page.submit()
    page.wait(page.says("rendering"), "it is in work")
    page.press("Cancel")
    page.wait(page.says("Cancelled."), "it says so")
    wait_until(lambda: not list(Path(settings.EXPORT_ROOT).iterdir()), 20, "its file is gone")
    assert status.store().everybodys() == []


def test_a_comparison_and_an_archive_are_asked_for_with_what_belongs_to_them(
    stage: Stage, page: Page, downloads: Path
) -> None:
    make.detection(image=make.image(with_file=True))
    page.choose("kind", "comparison")
    for name, value in (
        ("start_date_1", "2025-10-01"),
        ("end_date_1", "2025-10-31"),
        ("start_date_2", "2025-09-01"),
        ("end_date_2", "2025-09-30"),
    ):
        assert page.one(f"[name={name}]").is_displayed()
        page.day(name, value)
    assert not page.one("[name=start_date]").is_displayed()
    page.submit()
    page.wait(page.says("Ready"), "the comparison is ready")
    assert "Comparison of 1 - 31 Oct 2025, 1 - 30 Sep 2025" in page.rows[0].text

    page.choose("kind", "crops")
    for name in ("start_date_2", "group_by", "include_charts", "recipients"):
        assert not page.one(f"[name={name}]").is_displayed()
    page.day("start_date", "2025-10-01")
    page.day("end_date", "2025-10-31")
    page.submit()
    page.wait(lambda: len(page.rows) == 2, "the archive is there")
    page.wait(page.says("Ready"), "the archive is ready")
    page.press("Download")
    wait_until(lambda: saved(downloads), START_SECONDS, "the file is saved")
    assert saved(downloads)[0].name == "Crops- 1 - 31 Oct 2025.zip"
    assert page.complaints == []


def test_a_report_on_a_survey_is_offered_previewed_made_and_looked_at(
    stage: Stage, page: Page, downloads: Path
) -> None:
    assert not page.browser.find_elements("css selector", "#form [value=survey]")
    survey = stored_survey(document(refused=REFUSED))
    page.browser.get(f"{page.site}/exports/?survey={survey.pk}")
    for name in ("start_date", "group_by", "start_date_1", "crop_size"):
        assert not page.one(f"[name={name}]").is_displayed()
    assert page.one("[name=survey]").is_displayed()
    assert page.one("[name=include_charts]").is_displayed()
    page.submit("preview")
    page.wait(lambda: "10 captures" in page.one("#preview").text.replace("\n", " "), "a preview")
    assert REFUSED in page.one("#preview").text

    page.submit()
    page.wait(page.says("Ready"), "a worker has built it")
    assert "Survey Rut 2025" in page.rows[0].text
    survey.result = document(50)
    survey.save()
    page.press("Download")
    wait_until(lambda: saved(downloads), START_SECONDS, "the file is saved")
    pdf = PdfReader(saved(downloads)[0])
    said = " ".join(" ".join(one.extract_text() for one in pdf.pages).split())
    assert REFUSED in said
    assert "5 deer were told apart in 10 captures." in said
    page.press("Look")
    page.wait(lambda: page.one(".report"), "it is a page")
    assert "5 deer were told apart in 10 captures." in page.one(".report").text
    assert page.browser.find_elements("css selector", "a[href$='/estimates.csv']")
    assert page.complaints == []


def test_a_refusal_says_what_is_wrong_in_words_and_keeps_what_was_entered(page: Page) -> None:
    page.choose("kind", "comparison")
    page.one("[name=title]").send_keys("Ours")
    page.day("start_date_1", "2025-10-01")
    page.day("end_date_1", "2025-10-31")
    page.day("end_date_2", "2025-09-30")
    page.submit()
    page.wait(lambda: page.one("#wrong").text, "the refusal is shown")
    assert "Second period: choose its first day." in page.one("#wrong").text
    assert page.one("[name=title]").get_attribute("value") == "Ours"
    assert page.one("[name=end_date_2]").get_attribute("value") == "2025-09-30"
    page.day("start_date_2", "2025-09-01")
    page.submit()
    page.wait(page.says("Ours"), "what is right is taken")


def test_an_export_of_another_window_appears(page: Page, client: Any) -> None:
    """The list is looked at every half minute while nothing runs: the script is told to look now."""
    page.wait(lambda: page.one("#none").is_displayed(), "the list is empty")
    body = {"start_date": "2025-09-01", "end_date": "2025-10-31", "title": "From elsewhere"}
    answer = client.post("/api/exports/pdf", body, content_type="application/json")
    assert answer.status_code == 202
    page.browser.execute_script("htmx.ajax('GET', '/exports/list', '#list')")
    page.wait(page.says("From elsewhere"), "it is listed")


def test_an_export_whose_status_cannot_be_read_is_listed_and_deleted(
    page: Page, client: Any, redis_client: Any
) -> None:
    body = {"start_date": "2025-09-01", "end_date": "2025-10-31"}
    job_id = client.post("/api/exports/pdf", body, content_type="application/json").json()["job_id"]
    redis_client.set(key_of(job_id), "{broken")
    page.browser.get(f"{page.site}/exports/")
    page.wait(page.says("cannot be read"), "it is listed")


def test_a_shared_report_is_opened_without_a_session_until_it_is_taken_back(
    stage: Stage, page: Page
) -> None:
    page.one("[name=title]").send_keys("For the club")
    page.submit()
    page.wait(page.says("Ready"), "it is ready")
    page.press("Share")
    page.wait(lambda: page.one(".said .address"), "its address is shown")
    address = page.one(".said .address").get_attribute("href") or ""
    path = re.sub(r"^https?://[^/]+", "", address)
    stranger = Client()

    def shown() -> bool:
        return "Save as a PDF" in stranger.get(path).content.decode()

    wait_until(shown, START_SECONDS, "a worker has prepared it")
    page.browser.get(address)
    assert "For the club" in page.one("h1").text
    assert not page.browser.find_elements("css selector", "nav")
    page.browser.get(f"{page.site}/exports/links/")
    page.one("#links form button").click()
    page.wait(lambda: page.one(".said button"), "it is taken back, and that can be undone")
    assert stranger.get(path).status_code == 404


def test_a_report_as_a_page_and_the_pages_around_it_are_in_order(
    looker: Looker, client: Any, redis_client: Any
) -> None:
    image = make.image(with_file=True, camera=make.camera("North"))
    gus = make.deer("Gus")
    make.detection(image=image, deer=gus, sighting=make.sighting())
    survey = stored_survey(document(300, cameras=30, occasions=60, refused=REFUSED))
    asked = {"report_type": "survey", "survey": str(survey.pk)}
    counted = client.post("/api/exports/pdf", asked, content_type="application/json").json()
    body = {"start_date": "2025-09-01", "end_date": "2025-10-31", "title": "Rut"}
    job_id = client.post("/api/exports/pdf", body, content_type="application/json").json()["job_id"]
    made = client.post("/api/exports/links", {"deer": str(gus.pk)}, content_type="application/json")
    key = made.json()["address"].rpartition("/")[2]
    for address, name in (
        ("/exports/", "exports"),
        (f"/exports/?survey={survey.pk}", "exports-survey"),
        (f"/exports/{job_id}/page", "report-page"),
        (f"/exports/{counted['job_id']}/page", "report-survey"),
        ("/exports/schedules/", "schedules"),
        ("/exports/links/", "links"),
        (f"/shared/{key}", "shared-deer"),
    ):
        faults = looker.at(address, name)
        # Charts and portraits stand in the page itself: they are its pictures.
        faults = [fault for fault in faults if "weighs" not in fault or "exports" in name]
        assert not faults, (address, faults)
    looker.open("/exports/", NARROW)
    assert looker.browser.find_element("css selector", "#exports a.button").is_displayed()
