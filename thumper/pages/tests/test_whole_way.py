"""The whole way of somebody who has a folder of photographs and its table, in the browser alone: from an empty store
to a deer's page and a PDF, with real workers."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from conftest import wait_until
from reid.models import Deer, Detection, ImportRequest
from thumper.conftest import START_SECONDS
from thumper.herd.album import draw
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
    """Drawn photographs of five days, with the table that a detector's program would give."""
    folder = tmp_path / "card"
    album = draw(folder, deer=2, days=5, last_day=datetime.date(2026, 11, 1), zone="UTC")
    for name in ("deployments.csv", "truth.csv", "season.json"):
        (album.directory / name).unlink()
    return folder


def test_from_a_folder_of_photographs_to_a_deer_and_a_report(
    redis_client: Any,
    upload_root: Path,
    browser: Chrome,
    site: str,
    card: Path,
    downloads: Path,
    export_root: Path,
    start_process: Callable[..., Any],
) -> None:
    for queue in ("imports", "maintenance", "exports"):
        start_process("rqworker", queue)
    start_process("rqworker", "gpu", "--worker-class", GPU_WORKER)
    page = Page(browser)

    browser.get(f"{site}/")
    page.says("Bring in your first photographs")
    page.press("Import photographs")
    page.press("Choose photographs")
    page.choose("#folder", card)
    page.press("Send them")
    page.says("2. What are they?")
    page.press("Look at what would be imported")
    page.says("3. This would be imported")
    page.one("[name=clock_is_right]").click()
    page.press("Import")

    def is_told_apart() -> bool:
        row = ImportRequest.objects.get()
        assert row.state not in ("failed", "cancelled"), row
        return row.state == ImportRequest.State.DONE

    wait_until(is_told_apart, 2 * START_SECONDS, "the deer are told apart")
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
    page.says("Too little is known yet to let the machine give names by itself.")

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
