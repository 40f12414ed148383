"""Load: fifty clients at once on a whole installation, first undisturbed, then with PostgreSQL and Redis restarted.

The installation is real: PostgreSQL, a Redis-compatible server, the web server and all workers, on this machine, which the clients share.
Three in five clients export (submit, poll as Retry-After says, download, delete), one in five reads the API, one in
five looks at pages, one page every three seconds. They come one after the other in the first seconds: fifty in one
instant are a queue of more than a second whatever the server does.
Status polls are what a user waits for most: their 99th percentile stays within 150 ms. Nothing is lost, no answer
is a fault of the server, and while a server is away every refusal is a 503.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks._environment import ROOT, arguments, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thumper.tests.soak_installation import Installation

CLIENTS, SECONDS, QUICK_SECONDS = 50, 150, 20
LIMIT = 0.15
"""Seconds of a status poll, 99th percentile."""
ARRIVE = 5.0
"""Seconds in which all clients come."""
THINK, READ = 0.3, 3.0
"""Seconds that a program waits on average before its next request, and a person who reads a page."""
SETTLE = 180
"""Seconds in which every export must have ended afterwards."""
PAGES = ("/", "/photographs/", "/deer/", "/cameras/", "/review/", "/exports/", "/health/")
API = ("/api/detections?page_size=20", "/api/deer", "/api/review/next", "/healthz")


@dataclass
class Seen:
    """What all clients met: seconds of each kind of request, statuses, exports by their status address."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    exports: set[str] = field(default_factory=set)
    ended: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, status: int, seconds: float, path: str) -> None:
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)
            self.statuses[status] += 1
            if status in (0, 404) or (status >= 500 and status != 503):
                self.faults[f"{status} {kind} {path}"] += 1


class Client:
    """One browser with a connection of its own, which is kept."""

    def __init__(self, port: int, seen: Seen, seed: int) -> None:
        self.port, self.seen, self.random = port, seen, random.Random(seed)
        self._connection: http.client.HTTPConnection | None = None

    def request(
        self, kind: str, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, Any, bytes]:
        """Status, headers and body; status 0 where nobody answered. A kept connection that was closed is made anew."""
        start = time.perf_counter()
        kept = self._connection is not None
        answer = self._once(method, path, body)
        if answer is None and kept and method == "GET":
            answer = self._once(method, path, body)
        status, headers, content = answer or (0, {}, b"")
        self.seen.add(kind, status, time.perf_counter() - start, path)
        return status, headers, content

    def _once(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> tuple[int, Any, bytes] | None:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            return None

    def pause(self, seconds: float) -> None:
        time.sleep(self.random.uniform(0, 2 * seconds))

    def look(self) -> None:
        self.request("pages", "GET", self.random.choice(PAGES))
        self.pause(READ)

    def read(self) -> None:
        self.request("API", "GET", self.random.choice(API))
        self.pause(THINK)

    def export(self, detections: list[str], until: float) -> None:
        kind = self.random.choice(("pdf", "zip"))
        body: dict[str, Any] = {"detection_ids": self.random.sample(detections, 5)}
        if kind == "pdf":
            # Two that ask for the same share one export: each asks for its own.
            title = f"Report {self.random.getrandbits(60)}"
            body = {"start_date": "2026-10-01", "end_date": "2026-10-31", "title": title}
        status, _, content = self.request("submits", "POST", f"/api/exports/{kind}", body)
        if status != 202:
            self.pause(THINK)
            return
        links = json.loads(content)["links"]
        with self.seen.lock:
            self.seen.exports.add(links["status"])
        while time.monotonic() < until:
            status, headers, content = self.request("polls", "GET", links["status"])
            if status == 200 and json.loads(content)["status"] != "processing":
                break
            time.sleep(float(headers.get("Retry-After", 1)) if headers else 1.0)
        else:
            return
        answer = json.loads(content)
        if answer["status"] == "completed":
            status, _, file = self.request("downloads", "GET", answer["download_url"])
            if status == 200 and len(file) != answer["file_size_bytes"]:
                self.seen.faults["a download of another size"] += 1
        if self.random.random() < 0.5:
            status, _, _ = self.request("deletes", "DELETE", links["delete"])
            if status == 204:
                with self.seen.lock:
                    self.seen.ended["deleted by its client"] += 1
                    self.seen.exports.discard(links["status"])
        self.pause(THINK)


def loaded(
    installation: Installation, seconds: float, acts: Sequence[tuple[float, Callable[[], None]]]
) -> Seen:
    """What fifty clients saw in so many seconds, while `acts` were done, each after its share of the time."""
    seen = Seen()
    status, body = asked(installation, "/api/detections?page_size=50")
    if status != 200:
        raise RuntimeError(f"the list of detections answers {status}")
    detections = [row["id"] for row in body["results"]]
    start = time.monotonic()
    until = start + seconds

    def work(number: int) -> None:
        client = Client(installation.port, seen, number)
        time.sleep(ARRIVE * number / CLIENTS)
        while time.monotonic() < until:
            if number % 5 < 3:
                client.export(detections, until)
            elif number % 5 == 3:
                client.read()
            else:
                client.look()

    due = list(acts)
    with ThreadPoolExecutor(CLIENTS) as pool:
        futures = [pool.submit(work, number) for number in range(CLIENTS)]
        while time.monotonic() < until:
            # Here, not in a thread: what a thread has started ends with it.
            if due and time.monotonic() >= start + due[0][0] * seconds:
                due.pop(0)[1]()
            installation.watch()
            time.sleep(0.5)
        for future in futures:
            future.result()
    settle(installation, seen)
    return seen


def settle(installation: Installation, seen: Seen) -> None:
    """Count how the exports that are left end; what does not within SETTLE seconds, or is unknown, is lost."""
    deadline = time.monotonic() + SETTLE
    waiting = set(seen.exports)
    while waiting and time.monotonic() < deadline:
        installation.watch()
        for address in sorted(waiting):
            status, body = asked(installation, address)
            if status == 404 or (status == 200 and body["status"] != "processing"):
                how = "lost: unknown" if status == 404 else body["error_code"] or body["status"]
                seen.ended[how] += 1
                waiting.discard(address)
        time.sleep(0.5)
    if waiting:
        seen.ended["lost: without end"] += len(waiting)


def asked(installation: Installation, path: str) -> tuple[int, Any]:
    answer = installation.get(path)
    return answer.status, answer.json if answer.status == 200 else None


def restarts(installation: Installation) -> list[tuple[float, Callable[[], None]]]:
    """PostgreSQL is restarted after a third of the time, Redis after two."""

    def restart_redis() -> None:
        installation.redis.stop()
        time.sleep(1)
        installation.redis.start()

    return [(1 / 3, installation.postgres.restart), (2 / 3, restart_redis)]


def rows(seen: Seen, seconds: float) -> list[tuple[str, str]]:
    lines = []
    for kind in sorted(seen.seconds):
        times = np.array(seen.seconds[kind]) * 1000
        middle, late, last = np.quantile(times, (0.5, 0.99, 1))
        lines.append((f"{len(times)} {kind}", f"{middle:.0f} / {late:.0f} / {last:.0f}"))
    total = sum(seen.statuses.values())
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(seen.statuses.items()))
    ended = ", ".join(f"{how}: {count}" for how, count in sorted(seen.ended.items()))
    lines.append((f"{total} requests, a second", f"{total / seconds:.0f}"))
    lines.append(("statuses", statuses))
    lines.append(("exports", ended))
    lines.extend((f"FAULT {fault}", str(count)) for fault, count in seen.faults.most_common(10))
    return lines


def main() -> int:
    options = arguments(__doc__)
    sys.path.insert(0, str(ROOT))
    from thumper.tests.soak_campaign import Campaign
    from thumper.tests.soak_installation import Installation

    seconds = QUICK_SECONDS if options.quick else SECONDS
    missed = False
    with tempfile.TemporaryDirectory(prefix="thumper-bench-") as folder:
        home, cards = Path(folder) / "home", Path(folder) / "cards"
        home.mkdir()
        cards.mkdir()
        with Installation(home) as installation:
            campaign = Campaign(installation, np.random.default_rng(14), cards)
            campaign.begin()
            for title, acts in (
                ("undisturbed", []),
                ("PostgreSQL and Redis restarted", restarts(installation)),
            ):
                seen = loaded(installation, seconds, acts)
                name = f"{CLIENTS} clients, {seconds} s, {title}: median / p99 / longest ms"
                table(name, rows(seen, seconds))
                lost = sum(count for how, count in seen.ended.items() if how.startswith("lost"))
                missed |= bool(lost or seen.faults)
                if title == "undisturbed":
                    polls = float(np.quantile(seen.seconds["polls"], 0.99))
                    missed |= polls > LIMIT or 503 in seen.statuses
    return int(missed and options.check)


if __name__ == "__main__":
    sys.exit(main())
