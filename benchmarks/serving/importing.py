"""Imports: a detector's file about photographs that are stored, and the hashing of new ones beside reading them.

What is in memory already is read faster than any checksum is made: there SHA-256 alone, on all cores, is the bound.

Each import is a command in a process of its own: its time, and its memory. `--quick` takes a fortieth of the rows.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PILImage

from benchmarks._environment import (
    FinishedProcess,
    arguments,
    command,
    rate,
    table,
    temporary_installation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

ROWS, FEW_ROWS, LIMIT = 200_000, 5_000, 60
A_FOLDER = 1_000
"""Photographs in one folder, as cameras number them."""
CARD, SMALL_CARD, MEBIBYTES = 128, 32, 2
TURNS, STARTS = 5, 3


def main() -> int:
    options = arguments(__doc__)
    rows = FEW_ROWS if options.quick else ROWS
    with temporary_installation():
        from django.conf import settings

        seconds = _rows(settings.MEDIA_ROOT / "season", rows)
        _hashing(settings.MEDIA_ROOT / "card", SMALL_CARD if options.quick else CARD)
    if options.check and not options.quick and seconds > LIMIT:
        print(f"{rows:,} rows took {seconds:.0f} s, {LIMIT} are allowed.")
        return 1
    return 0


# --- rows about photographs that are stored ------------------------------------------------------


def _rows(root: Path, count: int) -> float:
    """Print what `count` rows cost, new and again; the seconds of the last."""
    _photographs(root, count)
    bare = _detector_file(root / "nothing.json", count, has_boxes=False)
    part = _detector_file(root / "part.json", count // 4, has_boxes=True)
    whole = _detector_file(root / "whole.json", count, has_boxes=True)
    empty = _detector_file(root / "empty.json", 1, has_boxes=False)
    # The quickest of some: what is subtracted must not be what a busy machine added.
    start = min((_import(empty) for _ in range(STARTS)), key=lambda work: work.seconds)
    stored = _import(bare)
    new = _import(whole)
    again = _import(whole)
    quarter = _import(part)
    began = time.perf_counter()
    with whole.open(encoding="utf-8") as file:
        entries = len(json.load(file)["images"])
    parsing = time.perf_counter() - began
    table(
        f"{entries:,} rows of a detector's file, one a photograph",
        [
            ("parsing the JSON alone, s", f"{parsing:.2f}"),
            ("starting the command, s", f"{start.seconds:.2f}"),
            *_figures("new photographs of 1 KiB", entries, stored, start, parsing),
            *_figures("new boxes on stored photographs", entries, new, start, parsing),
            *_figures(f"the same again (limit {LIMIT} s)", entries, again, start, parsing),
            ("peak memory, MiB, nothing to import", f"{start.peak_mib:.0f}"),
            ("peak memory, MiB, new boxes, all", f"{new.peak_mib:.0f}"),
            ("peak memory, MiB, again, a quarter", f"{quarter.peak_mib:.0f}"),
            ("peak memory, MiB, again, all", f"{again.peak_mib:.0f}"),
        ],
    )
    return again.seconds


def _figures(
    name: str, entries: int, work: FinishedProcess, start: FinishedProcess, parsing: float
) -> list[tuple[str, str]]:
    """Of one import; rates and ratio without the start of the command."""
    seconds = work.seconds - start.seconds
    return [
        (f"{name}, s", f"{work.seconds:.1f}"),
        ("  of them CPU, s", f"{work.cpu:.1f}"),
        ("  rows/s", f"{entries / seconds:,.0f}"),
        ("  / parsing alone", f"{seconds / parsing:.0f}"),
    ]


def _import(file: Path) -> FinishedProcess:
    return command(
        *("import_detections", str(file), "--no-progress"),
        *("--camera", "(?P<camera>[^/]+)/", "--captured-at", r"(?P<captured_at>\d{8}_\d{6})"),
    )


def _photographs(root: Path, count: int) -> None:
    """Small photographs, no two of the same bytes: what is behind the end of a JPEG is nobody's picture."""
    buffer = io.BytesIO()
    PILImage.new("RGB", (64, 48), "grey").save(buffer, "JPEG")
    for number in range(count):
        file = root / _path(number)
        if number % A_FOLDER == 0:
            file.parent.mkdir(parents=True)
        file.write_bytes(buffer.getvalue() + f"{number:08}".encode())


def _path(number: int) -> str:
    """Ten cameras; two photographs a minute."""
    folder, in_folder = divmod(number, A_FOLDER)
    minute, second = divmod(in_folder, 2)
    day = f"2025{folder // 280 + 1:02}{folder // 10 % 28 + 1:02}"
    time_of_day = f"{minute // 60:02}{minute % 60:02}{second * 5:02}"
    return f"camera-{folder % 10}/{folder:04}/{day}_{time_of_day}.jpg"


def _detector_file(file: Path, count: int, *, has_boxes: bool) -> Path:
    box = {"category": "1", "conf": 0.9, "bbox": [0.25, 0.25, 0.5, 0.5]}
    content = {
        "info": {"format_version": "1.5", "detector": "md_v5a.0.0.pt"},
        "detection_categories": {"1": "animal", "2": "person", "3": "vehicle"},
        "images": [
            {"file": _path(number), "detections": [box] if has_boxes else []}
            for number in range(count)
        ],
    }
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return file


# --- hashing new photographs ---------------------------------------------------------------------


def _hashing(root: Path, count: int) -> None:
    """Print the share of reading that is left where photographs are probed and hashed as well."""
    from reid.importing.clocks.times import default_clocks
    from reid.importing.finders import PathPatterns
    from reid.importing.reading.files import Library
    from reid.importing.reading.prepare import locate
    from reid.importing.reading.prepare import read as prepare
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row

    files = _card(root, count)
    rows = [Row(number, file.name, None) for number, file in enumerate(files, start=1)]
    clocks = default_clocks("", {})

    patterns = PathPatterns.parse({}, "")

    def look() -> None:
        library, tally = Library(root, "card"), ReportBuilder()
        located, places = locate(rows, library, patterns, tally)
        if len(prepare(located, places, library, clocks, tally)) != count:
            raise AssertionError("not all photographs are new")

    def read() -> None:
        for file in files:
            file.read_bytes()

    content = files[0].read_bytes()

    def checksum() -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda _: hashlib.sha256(content).digest(), files))

    read()
    cached, cached_alone, sha256 = _rates(count, look, read, checksum, before=list)
    cold, cold_alone = _rates(count, look, read, before=lambda: _forget(files))
    table(
        f"{count} new photographs of {MEBIBYTES} MiB: probed and hashed, beside reading alone",
        [
            ("from the disk: reading alone, MiB/s", f"{cold_alone:,.0f}"),
            ("from the disk: probed and hashed, MiB/s", f"{cold:,.0f}"),
            ("from the disk: hashed / reading alone (target 0.80)", f"{cold / cold_alone:.2f}"),
            ("from memory: reading alone, MiB/s", f"{cached_alone:,.0f}"),
            ("from memory: probed and hashed, MiB/s", f"{cached:,.0f}"),
            ("from memory: hashed / reading alone", f"{cached / cached_alone:.2f}"),
            ("SHA-256 alone, on all cores, MiB/s", f"{sha256:,.0f}"),
            ("from memory: hashed / SHA-256 alone", f"{cached / sha256:.2f}"),
        ],
    )


def _card(root: Path, count: int) -> list[Path]:
    root.mkdir()
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (1000, 1400, 3), np.uint8)
    PILImage.fromarray(noise).save(buffer, "JPEG", quality=85)
    picture = buffer.getvalue().ljust(MEBIBYTES << 20, b"\0")
    files = []
    for number in range(count):
        file = root / f"IMG_{number:04}.JPG"
        with file.open("wb") as target:
            target.write(picture[:-8] + f"{number:08}".encode())
            target.flush()
            os.fsync(target.fileno())  # the kernel forgets only what the disk has
        files.append(file)
    return files


def _rates(
    count: int,
    *works: Callable[[], object],
    before: Callable[[], object],
) -> list[float]:
    """MiB a second of each work, the medians of turns."""
    rates: list[list[float]] = [[] for _ in works]
    for _ in range(TURNS):
        for into, work in zip(rates, works, strict=True):
            before()
            into.append(rate(count * MEBIBYTES, work))
    return [statistics.median(item) for item in rates]


def _forget(files: Iterable[Path]) -> None:
    """The kernel's copies of the files in memory go; where there is no such call, they stay."""
    if not hasattr(os, "posix_fadvise"):
        return
    for file in files:
        with file.open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    sys.exit(main())
