"""Fixtures for the scripts of the pages: a real web server and a real browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from thumper.pages.tests.looking import Looker

CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
START_SECONDS = 240  # on a machine that does other things too


@pytest.fixture
def export_root(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for one test, and for the server and the workers that it starts."""
    root = tmp_path / "exports"
    root.mkdir()
    settings.EXPORT_ROOT = root
    monkeypatch.setenv("EXPORT_ROOT", str(root))
    return root


@pytest.fixture
def site(process_env: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a web server in a process of its own, on the test's database and Redis."""
    url = f"http://127.0.0.1:{free_port()}"
    log = tmp_path / "site.log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "thumper.wsgi", "--bind", url[7:]),
                *("--config", "python:thumper.runtime.web_server", "--workers", "1"),
            ],
            cwd=Path(__file__).parents[1],
            env=process_env,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: _answers(url), START_SECONDS, f"the site answers; see {log}")
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Debian's Chromium with Debian's driver, started once; nothing is fetched for it."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("no browser: install the Debian packages chromium and chromium-driver")
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        *("--headless=new", "--disable-gpu", "--no-first-run", "--window-size=1280,1600"),
        "--no-sandbox",  # root may not have one, and the only pages it opens are ours
        "--disable-dev-shm-usage",  # containers give it 64 MB
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options, ChromeService(DRIVER))
    chrome.set_page_load_timeout(START_SECONDS)
    yield chrome
    chrome.quit()


@pytest.fixture
def looker(browser: Chrome, site: str) -> Iterator[Looker]:
    """Looks at pages of the site; afterwards the browser's window is as it was."""
    from thumper.pages.tests.looking import Looker

    yield Looker(browser, site)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """Where the browser saves what it downloads in this test."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def browser(chromium: Chrome, downloads: Path) -> Iterator[Chrome]:
    """The browser, with an empty page and an empty console, before the test and after it."""
    chromium.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}
    )
    yield chromium
    chromium.get("about:blank")  # so that a page asks nothing of a server that is gone
    chromium.get_log("browser")
