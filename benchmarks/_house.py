"""What benchmarks stand on: a throwaway THUMPER_HOME and database, and the gpu worker's environment."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What `manage.py up` gives its gpu worker: without these glibc hands every activation back to the kernel.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "268435456",
}


def arguments(text: str | None) -> argparse.Namespace:
    """--quick. The allocator reads its environment at start, so that this may start the process anew."""
    parser = argparse.ArgumentParser(description=(text or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small counts, rough figures")
    given = parser.parse_args()
    if any(name not in os.environ for name in KEEP_MEMORY):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEEP_MEMORY)
    return given


@contextlib.contextmanager
def house() -> Iterator[None]:
    """Django on a new home, and on a test database of its own beside whatever DATABASE_URL names."""
    home = Path(tempfile.mkdtemp(prefix="thumper-bench-"))
    os.environ |= {"THUMPER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "thumper.settings"}
    sys.path.insert(0, str(Path(__file__).parent.parent))
    import django

    django.setup()
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        shutil.rmtree(home, ignore_errors=True)


def rate(count: int, work: Callable[[], object]) -> float:
    """Items a second of one call."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def interleaved(rounds: int, *works: tuple[int, Callable[[], object]]) -> list[float]:
    """The median rate of each work, taken in turns so that a busy machine is busy for all of them."""
    rates: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for into, (count, work) in zip(rates, works, strict=True):
            into.append(rate(count, work))
    return [statistics.median(item) for item in rates]


def table(title: str, rows: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    print(title)
    for name, value in rows:
        print(f"  {name:<{width}}  {value:>12}")
