"""Pictures of the tour: every page that `docs/tour.md` shows, taken of the sample herd in a real browser.

    python docs/tour.py            # writes docs/images/tour-*.jpg; needs chromium and chromedriver

The herd is drawn into a store of its own, which is thrown away afterwards. Pictures are those of the pages as they
are: whoever changes a page runs this again.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
from thumper.pages.stillness import still

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

DOCS: Final = Path(__file__).parent
ROOT: Final = DOCS.parent
WIDTH: Final = 1280
HIGHEST: Final = 1500
QUALITY: Final = 72
STILL_SECONDS: Final = 60
DEER: Final = "Hickory"
SURVEY: Final = "Autumn"
SURVEYED_DAYS: Final = 56

PAGES: Final = {
    "home": "/",
    "import": "/imports/new",
    "photographs": "/photographs/",
    "deer": "/deer/",
    "one-deer": f"/search/?q={DEER}",
    "cameras": "/cameras/",
    "review": "/review/",
    "decisions": "/review/decisions",
    "reports": "/exports/",
    "threshold": "/thresholds/",
    "health": "/health/",
    "survey": "/surveys/",
    "settings": "/account/",
}
"""Pictures by name, and the address of each."""
LINKS: Final = {"one-deer": DEER, "survey": SURVEY}
"""Of some pictures the page is behind a link of that address, by its text."""

RUNS: Final = 2
"""Runs of identification that the sample herd takes: before its limit is approved, and after."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="thumper-tour-") as home:
        env = os.environ | {"THUMPER_HOME": home, "RANCH_NAME": "Oak Creek", "TIME_ZONE": "UTC"}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        site = f"http://127.0.0.1:{port}"
        server = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)], cwd=ROOT, env=env
        )
        try:
            _wait_for(site, server)
            _estimate(env)
            browser = _browser()
            try:
                for name, address in PAGES.items():
                    _take(browser, site, name, address)
            finally:
                browser.quit()
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(site: str, server: subprocess.Popen[bytes]) -> None:
    """Until the sample herd is identified: `up` prints so much that the page is asked."""
    for _ in range(900):
        if server.poll() is not None:
            sys.exit("The server ended: see above.")
        try:
            with urllib.request.urlopen(f"{site}/api/runs?state=completed", timeout=5) as answer:
                if answer.read().count(b'"identify"') >= RUNS:
                    return
        except OSError:
            pass
        time.sleep(1)
    sys.exit("The sample herd was not identified in time.")


def _estimate(env: dict[str, str]) -> None:
    """A survey of the last weeks of the herd, with its estimates."""
    end = datetime.now(UTC).date() - timedelta(days=1)
    start = end - timedelta(days=SURVEYED_DAYS - 1)
    period = ["--start", start.isoformat(), "--end", end.isoformat(), "--save", SURVEY]
    command = [sys.executable, "manage.py", "estimate_population", *period]
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)


def _browser() -> Chrome:
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    return Chrome(options, ChromeService(shutil.which("chromedriver")))


def _resize(browser: Chrome, height: int = 900) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )


def _take(browser: Chrome, site: str, name: str, address: str) -> None:
    _resize(browser)
    browser.get(site + address)
    if name in LINKS:
        browser.find_element("link text", LINKS[name]).click()
    for _ in _tries():
        if browser.execute_script(still("A worker is")):
            break
    height = min(browser.execute_script("return document.documentElement.scrollHeight"), HIGHEST)
    _resize(
        browser, height
    )  # else what sticks to the window's edge lies in the middle of the picture
    time.sleep(1)  # what now comes into view is loaded
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
    shot = browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
    )
    picture = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")
    picture.thumbnail((960, 960 * HIGHEST // WIDTH))
    picture.save(DOCS / "images" / f"tour-{name}.jpg", quality=QUALITY, optimize=True)
    print(name)  # noqa: T201 - what a person waits for


def _tries() -> Iterator[None]:
    end = time.monotonic() + STILL_SECONDS
    while time.monotonic() < end:
        yield
        time.sleep(0.2)


if __name__ == "__main__":
    main()
