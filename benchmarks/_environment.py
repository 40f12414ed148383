"""Environment of benchmarks: a throwaway THUMPER_HOME and database, and the gpu worker's environment."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent

# What `manage.py up` gives its gpu worker: without these glibc hands every activation back to the kernel.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "268435456",
}


def arguments(text: str | None, **flags: str) -> argparse.Namespace:
    """--quick, --check and `flags` with their help. This may start the process anew, for its allocator."""
    parser = argparse.ArgumentParser(description=(text or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small counts, rough figures")
    parser.add_argument(
        "--check", action="store_true", help="fail where an absolute limit is missed"
    )
    for name, meaning in flags.items():
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=meaning)
    options = parser.parse_args()
    if any(name not in os.environ for name in KEEP_MEMORY):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | KEEP_MEMORY)
    return options


@contextlib.contextmanager
def temporary_installation(*, redis: bool = False) -> Iterator[None]:
    """Django on a new home, and on a test database of its own beside whatever DATABASE_URL names.

    `redis` starts the embedded server, where REDIS_URL names none.
    """
    home = Path(tempfile.mkdtemp(prefix="thumper-bench-"))
    os.environ |= {"THUMPER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "thumper.settings"}
    # No log line among the figures, neither of this process nor of those that it starts.
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from thumper.runtime.valkey import EmbeddedValkey

    name = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    with contextlib.ExitStack() as parts:
        parts.callback(shutil.rmtree, home, ignore_errors=True)
        parts.callback(connection.creation.destroy_test_db, name, verbosity=0)
        if redis and settings.REDIS_EMBEDDED:
            parts.enter_context(EmbeddedValkey(home))
        yield


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


@dataclass(frozen=True)
class FinishedProcess:
    """A process that has ended: wall time, its own CPU time in seconds, its highest resident memory."""

    seconds: float
    cpu: float
    peak_mib: float


def process_environment() -> dict[str, str]:
    """With which another process works on this benchmark's database."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return os.environ | {"DATABASE_URL": url}


def command(*words: str) -> FinishedProcess:
    """Run `manage.py WORDS` to its end on this benchmark's database. Raises CalledProcessError."""
    return process(sys.executable, str(ROOT / "manage.py"), *words)


_MEASURED = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
seconds, usage = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
"""Starts a process and says what it used: a small program of its own, for Linux counts a process's peak from that of
whoever started it, and a benchmark that has built its own input would be measured instead of the command."""


def process(*words: str) -> FinishedProcess:
    """Run this to its end on this benchmark's database. Raises CalledProcessError."""
    starter = [sys.executable, "-c", _MEASURED, *words]
    told = subprocess.run(
        starter, cwd=ROOT, env=process_environment(), stdout=subprocess.PIPE, check=True
    )
    code, seconds, cpu, peak = json.loads(told.stdout)
    if code:
        raise subprocess.CalledProcessError(code, words)
    # Kilobytes on Linux, bytes on macOS.
    return FinishedProcess(seconds, cpu, peak / (1024 if sys.platform == "linux" else 1024**2))


def table(title: str, rows: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    print(title)
    for name, value in rows:
        print(f"  {name:<{width}}  {value:>12}")
