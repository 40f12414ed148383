"""A campaign: what people and machines do to an installation, in an order drawn from a seed, and what they remember of it.

A request that gets no answer, or 503, may or may not have been done: what it was about is then known no more.
"""

from __future__ import annotations

import io
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from thumper.tests.soak_installation import WEB, WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.random import Generator

    from thumper.tests.asking import Answer
    from thumper.tests.soak_installation import Installation

COLUMNS: Final = "path,captured_at,camera,x,y,width,height,classification,confidence,deer"
NAMED: Final = 4
"""Deer of the first import."""
EACH: Final = 3
"""Photographs of each of them."""
CARD: Final = 6
"""Photographs of each later import."""
RESTARTED: Final = ("exports", "imports", "gpu", "maintenance")


@dataclass
class Remembered:
    """What must be found again: exports by their status address, decisions by sighting, operations in their order."""

    exports: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    decided: dict[str, str] = field(default_factory=dict)
    operations: list[tuple[str, str]] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


class Campaign:
    """Acts drawn by `generator` on `installation`; `remembered` is what came of them."""

    def __init__(self, installation: Installation, generator: Generator, folder: Path) -> None:
        self.installation, self.generator, self.folder = installation, generator, folder
        self.remembered = Remembered()
        self.done: Counter[str] = Counter()
        self.largest: dict[str, int] = {}
        self._pictures = 0
        self._acts: dict[Callable[[], None], float] = {
            self.import_a_card: 2,
            self.identify: 2,
            self.review: 14,
            self.take_back: 3,
            self.export: 8,
            self.delete_an_export: 4,
            self.look: 6,
            self.back_up: 1,
            self.restart_redis: 1,
            self.restart_postgres: 1,
            self.kill_a_worker: 2,
            self.kill_the_web_server: 1,
        }

    def begin(self) -> None:
        """A first card whose deer have names, and another whose sightings wait for one."""
        self.import_a_card([f"Deer {n}" for n in range(NAMED) for _ in range(EACH)])
        self.import_a_card()
        self.installation.command("identify_detections")

    def run(self, seconds: float) -> None:
        """Act until the time is over. Every kind of act is done once before one is drawn."""
        acts, weights = list(self._acts), np.array(list(self._acts.values()))
        first = list(self.generator.permutation(len(acts)))
        until = time.monotonic() + seconds
        while first or time.monotonic() < until:
            drawn = self.generator.choice(len(acts), p=weights / weights.sum())
            number = first.pop() if first else drawn
            self.installation.watch()
            acts[number]()
            self.done[acts[number].__name__] += 1
            for name, size in self.sizes().items():
                self.largest[name] = max(size, self.largest.get(name, 0))

    # --- acts -----------------------------------------------------------------------------------
    def import_a_card(self, names: list[str] | None = None) -> None:
        names = names or [""] * CARD
        card = self.folder / f"card-{len(self.remembered.sources):03}"
        card.mkdir()
        day = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=len(self.remembered.sources))
        lines = [COLUMNS]
        for number, name in enumerate(names):
            self._pictures += 1
            at = (day + timedelta(minutes=30 * number)).isoformat()
            (card / f"{number}.jpg").write_bytes(picture(self._pictures))
            lines.append(f"{number}.jpg,{at},oak,20,20,200,180,doe,0.9,{name}")
        source = card / "detections.csv"
        source.write_text("\n".join(lines) + "\n")
        self.remembered.sources.append(source)
        self.installation.command("import_detections", str(source), "--user", "local")

    def identify(self) -> None:
        self.installation.command("identify_detections", "--queue")

    def review(self) -> None:
        answer = self._seen(self.installation.get("/api/review/next"))
        item = answer.json["item"] if answer.status == 200 else None
        if item is None or not (candidates := item["candidates"]):
            return
        chosen = candidates[int(self.generator.integers(len(candidates)))]["deer"]["id"]
        versions = {shown["id"]: shown["version"] for shown in item["detections"]}
        body = {"sighting": item["sighting"], "versions": versions, "deer": chosen}
        done = self._seen(self.installation.post("/api/review/assign", body))
        sighting = str(item["sighting"])
        if done.status == 201:
            self.remembered.decided[sighting] = chosen
            self.remembered.operations.append((done.json["id"], sighting))
        elif done.status in (0, 503):
            self._forget(sighting)

    def take_back(self) -> None:
        if not self.remembered.operations:
            return
        operation, sighting = self.remembered.operations[-1]
        done = self._seen(self.installation.post("/api/review/undo", {"operation": operation}))
        if done.status == 201:
            self.remembered.operations.pop()
            self.remembered.decided.pop(sighting, None)
        elif done.status in (0, 503):
            self.remembered.operations.pop()
            self._forget(sighting)

    def export(self, kind: str = "") -> None:
        kind = kind or ("pdf", "zip")[int(self.generator.integers(2))]
        body: dict[str, Any] = {"start_date": "2026-10-01", "end_date": "2026-10-31"}
        if kind == "zip":
            page = self._seen(self.installation.get("/api/detections?page_size=5"))
            if page.status != 200:
                return
            body = {"detection_ids": [row["id"] for row in page.json["results"]][:5]}
        answer = self._seen(self.installation.post(f"/api/exports/{kind}", body))
        if answer.status == 202:
            self.remembered.exports[answer.json["links"]["status"]] = answer.json

    def delete_an_export(self) -> None:
        if not self.remembered.exports:
            return
        addresses = list(self.remembered.exports)
        address = addresses[int(self.generator.integers(len(addresses)))]
        export = self.remembered.exports[address]
        answer = self._seen(self.installation.delete(export["links"]["delete"]))
        if answer.status == 204:
            self.remembered.deleted.append(self.remembered.exports.pop(address))
        elif answer.status in (0, 503):
            self.remembered.exports.pop(address)

    def look(self) -> None:
        pages = ("/", "/photographs/", "/deer/", "/exports/", "/health/", "/readyz", "/review/")
        for page in pages:
            self._seen(self.installation.get(page), may_be_unready=page == "/readyz")

    def back_up(self) -> None:
        self.installation.command("backup", str(self.folder / "backups"))

    def restart_redis(self) -> None:
        self.installation.redis.stop()
        self.look()
        self.installation.redis.start()

    def restart_postgres(self) -> None:
        self.installation.postgres.restart()

    def kill_a_worker(self) -> None:
        name = RESTARTED[int(self.generator.integers(len(RESTARTED)))]
        if self.installation.processes[name].poll() is None:
            self.installation.kill(name)

    def kill_the_web_server(self) -> None:
        self.installation.kill(WEB)
        self.installation.watch()
        until = time.monotonic() + 60
        while self.installation.get("/healthz").status != 200 and time.monotonic() < until:
            time.sleep(0.1)

    def sizes(self) -> dict[str, int]:
        return {name: self.installation.resident(name) for name in (*WORKERS, WEB)}

    # --- what came of it -------------------------------------------------------------------------
    def _seen(self, answer: Answer, *, may_be_unready: bool = False) -> Answer:
        """Note an answer that no user should get: of the server's errors only 503 says what to do."""
        is_fault = answer.status >= 500 and answer.status != 503
        if is_fault and not may_be_unready:
            self.remembered.faults.append(f"{answer.status}: {answer.body[:300]!r}")
        return answer

    def _forget(self, sighting: str) -> None:
        self.remembered.unknown.add(sighting)
        self.remembered.decided.pop(sighting, None)
        self.remembered.operations = [
            pair for pair in self.remembered.operations if pair[1] != sighting
        ]


def picture(seed: int) -> bytes:
    """A JPEG of 320 x 240 pixels that no other seed gives."""
    noise = np.random.default_rng(seed).integers(0, 255, (30, 40, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize((320, 240)).save(buffer, "JPEG")
    return buffer.getvalue()
