"""Pages with 100,000 photographs stored: how long the server takes for each, and until Chromium paints it first.

A real gunicorn with two workers serves the pages, on loopback. Server time is that of one request after another; first paint is what the browser says of itself, its files not kept from
the page before. Without chromium and selenium only the server is timed.
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from benchmarks._environment import arguments, process_environment, table, temporary_installation
from benchmarks._store import season

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 0.2
"""Seconds until the first paint."""
PAGES = ("/", "/photographs/", "/deer/", "/cameras/", "/review/", "/health/")
PAINT = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@contextmanager
def served() -> Iterator[str]:
    """A server on this benchmark's database, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "thumper.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            *("--no-control-socket", "--log-level", "error"),
        ],
        env=process_environment(),
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                for page in PAGES:
                    got(site + page)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield site
    finally:
        server.terminate()
        server.wait()


def got(address: str) -> float:
    """Seconds of one request, to the last byte."""
    start = time.perf_counter()
    with urllib.request.urlopen(address, timeout=60) as answer:
        answer.read()
    return time.perf_counter() - start


@contextmanager
def browser() -> Iterator[Any]:
    """A browser without a window; None where there is none on this machine."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver or find_spec("selenium") is None:
        yield None
        return
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    started = Chrome(options, ChromeService(driver))
    try:
        yield started
    finally:
        started.quit()


def painted(chrome: Any, address: str) -> float:
    """Seconds from the request to the first paint."""
    chrome.get(address)
    deadline = time.monotonic() + 30
    while (at := chrome.execute_script(PAINT)) is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{address} paints nothing")
        time.sleep(0.05)
    return float(at) / 1000


def main() -> int:
    options = arguments(__doc__)
    count, rounds = (5_000, 3) if options.quick else (100_000, 7)
    rows, slow = [], []
    with temporary_installation(redis=True):
        from reid.db.statistics import IMPORTED, refresh

        season(count, 40)
        refresh(IMPORTED)
        with served() as site, browser() as chrome:
            for page in PAGES:
                server = statistics.median(got(site + page) for _ in range(rounds))
                row = f"{1000 * server:.0f}"
                if chrome:
                    paint = statistics.median(painted(chrome, site + page) for _ in range(rounds))
                    row += f" {1000 * paint:.0f}"
                    if paint > LIMIT:
                        slow.append(page)
                rows.append((page, row))
    table(f"{count:,} photographs: server ms, first paint ms (limit {1000 * LIMIT:.0f})", rows)
    return 1 if options.check and slow else 0


if __name__ == "__main__":
    sys.exit(main())
