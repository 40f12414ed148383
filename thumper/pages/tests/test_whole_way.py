"""The whole way of somebody who has a folder of photographs and its table, in the browser alone: from an empty store
to a deer's page and a PDF, with real workers."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.support.select import Select

from conftest import wait_until
from reid.models import Camera, Decision, Deer, Detection, Image, ImportRequest, ReidRun
from thumper.conftest import START_SECONDS
from thumper.herd.album import draw
from thumper.herd.loading import sample_detector
from thumper.pages.imports.tests import test_browser
from thumper.pages.imports.tests.test_browser import Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = [
    pytest.mark.service,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]

upload_root = test_browser.upload_root
GPU_WORKER = "thumper.runtime.workers.GpuWorker"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Drawn photographs of five days, in folders of their cameras, with the table that a detector's program would give."""
    folder = tmp_path / "card"
    album = draw(folder, deer=2, days=5, last_day=datetime.date(2026, 11, 1), zone="UTC")
    for name in ("deployments.csv", "truth.csv", "season.json"):
        (album.directory / name).unlink()
    return folder


@pytest.fixture
def page(
    redis_client: Any,
    upload_root: Path,
    browser: Chrome,
    site: str,
    export_root: Path,
    start_process: Callable[..., Any],
) -> Page:
    """The front page of an empty store, with all workers and the rounds of upkeep."""
    for queue in ("imports", "maintenance", "exports"):
        start_process("rqworker", queue)
    start_process("rqworker", "gpu", "--worker-class", GPU_WORKER)
    start_process("rqcron", "thumper/cron.py", "--skip-checks")
    browser.get(f"{site}/")
    return Page(browser)


def send(page: Page, card: Path) -> None:
    """From the front page to the questions about an uploaded folder."""
    page.says("Bring in your first photographs")
    page.press("Import photographs")
    page.press("Choose photographs")
    page.says("1. Photographs")
    page.choose("#folder", card)
    page.press("Send them")
    page.says("2. What are they?")


def bring_in(page: Page) -> None:
    """From the questions to an import that is done."""
    page.press("Look at what would be imported")
    page.says("3. This would be imported")
    page.one("[name=clock_is_right]").click()
    page.press("Import")

    def is_done() -> bool:
        row = ImportRequest.objects.get()
        assert row.state not in ("failed", "cancelled") and not row.error, row.error
        return row.state == ImportRequest.State.DONE

    wait_until(is_done, 2 * START_SECONDS, "the import is done")


def is_told_apart() -> bool:
    """Whether an identification has ended, with a decision on some sighting."""
    runs = ReidRun.objects.filter(kind=ReidRun.Kind.IDENTIFY, state=ReidRun.State.COMPLETED)
    return Decision.objects.filter(run__in=runs).exists()


def test_a_detectors_file_brings_the_deer_and_they_wait_for_their_names(
    page: Page, card: Path
) -> None:
    send(page, card)
    bring_in(page)
    page.says("Say which deer the new sightings show.")
    page.press("Review")
    page.says("0 reviewed")
    assert page.complaints == []


def test_from_a_folder_of_photographs_to_a_deer_and_a_report(
    page: Page, browser: Chrome, site: str, card: Path, downloads: Path
) -> None:
    """Nobody but Thumper finds the animals; what they are, a person says."""
    (card / "detections.csv").unlink()
    sample_detector()
    browser.get(f"{site}/health/")
    page.says("No detector is in use")
    page.press("Use it")
    page.says("in use")

    browser.get(f"{site}/")
    send(page, card)
    page.one("[name=folders][value=cameras]").click()
    bring_in(page)
    page.says("photographs were searched: animals")
    assert not Image.objects.exclude(looked=Image.Looked.YES).exists()
    assert Camera.objects.filter(images__isnull=False).distinct().count() > 1

    address = browser.current_url
    page.press("Say which are deer")
    page.press("Mark all that are shown")
    Select(page.one("#bulk-class")).select_by_visible_text("unknown deer")
    page.press("Set what they are")
    page.says("Undo")
    wait_until(is_told_apart, 4 * START_SECONDS, "a round of upkeep has them told apart")

    browser.get(address)
    page.says("Say which deer the new sightings show.")
    page.press("Review")
    page.says("0 reviewed")
    sighting = browser.execute_script("return state.item.sighting")
    browser.find_element("css selector", "body").send_keys("n")
    page.one("#name").send_keys("Zora")
    page.says("Make a new deer called Zora")
    page.one("#naming-do").click()
    page.says("A new deer: Zora.")
    zora = Deer.objects.get(name="Zora")
    assert set(Detection.objects.filter(sighting=sighting).values_list("deer", flat=True)) == {
        zora.pk
    }

    browser.get(f"{site}/review/decisions")  # it was wrong: another day, another look
    page.press("Look again")
    page.says("It has the name Zora")
    browser.find_element("css selector", "body").send_keys("n")
    page.one("#name").send_keys("Yuma")
    page.says("Make a new deer called Yuma")
    page.one("#naming-do").click()
    page.says("A new deer: Yuma.")

    browser.get(f"{site}/deer/")
    browser.find_element("partial link text", "Yuma").click()
    page.says("When it was seen")
    page.says("1 sighting")

    browser.get(f"{site}/thresholds/")
    # More than that hangs on whether the upkeep has compared the others with the new deer by now.
    page.says("What the evidence says")

    browser.get(f"{site}/exports/")
    for name, day in (("start_date", "2026-10-20"), ("end_date", "2026-11-01")):
        field = page.one(f"#form [name={name}]")
        browser.execute_script("arguments[0].value = arguments[1]", field, day)
    page.press("Start")
    page.says("Ready")
    browser.find_element("partial link text", "Download").click()

    def reports() -> list[Path]:
        return [path for path in downloads.iterdir() if path.suffix == ".pdf"]

    wait_until(lambda: bool(reports()), START_SECONDS, "the report is downloaded")
    assert reports()[0].read_bytes().startswith(b"%PDF-")
    assert page.complaints == []
