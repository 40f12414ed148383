"""`manage.py up` as a user starts it: real processes on a home and a port of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from conftest import free_port, wait_until
from reid.api.review_requests import SHOWN_AT_MOST
from thumper.management.commands.up import READY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
START_SECONDS = READY_SECONDS + 10  # it gives up by itself before that
pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into Linux's /proc"),
]


def processes_of(home: Path) -> list[int]:
    """Every process whose environment names this home, that is, the launcher and all it started."""
    processes = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environ = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
            except OSError:  # ended meanwhile
                continue
            if f"THUMPER_HOME={home}".encode() in environ and command:
                processes.append(int(entry.name))
    return processes


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    port, home = free_port(), tmp_path / "home"
    env = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    with (tmp_path / "up.log").open("wb") as log:
        launcher = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), "--no-demo"],
            cwd=ROOT,
            env=env | {"THUMPER_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield launcher, f"http://127.0.0.1:{port}", home
    for pid in [launcher.pid, *processes_of(home)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    launcher.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def exports_worker(home: Path) -> int | None:
    for pid in processes_of(home):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if {b"rqworker", b"exports"} <= set(command):
                return pid
    return None


def test_it_starts_a_killed_worker_again_makes_a_pdf_and_leaves_nothing_behind(
    launched, tmp_path
) -> None:
    launcher, url, home = launched
    log = tmp_path / "up.log"
    wait_until(lambda: b"Thumper is ready." in log.read_bytes(), START_SECONDS, "up to be ready")
    assert answers(f"{url}/readyz")

    first = exports_worker(home)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: exports_worker(home) not in (None, first), 60, "another exports worker")

    request = urllib.request.Request(
        f"{url}/api/exports/pdf",
        json.dumps({"start_date": "2026-01-01"}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        status_url = url + answer.headers["Location"]

    def status() -> dict[str, str]:
        with urllib.request.urlopen(status_url) as answer:
            return dict(json.load(answer))

    wait_until(lambda: status()["status"] != "processing", START_SECONDS, "the PDF")
    with urllib.request.urlopen(url + status()["download_url"]) as answer:
        assert answer.read(5) == b"%PDF-"

    skipped = "&".join(f"skip={uuid4()}" for _ in range(SHOWN_AT_MOST))
    assert answers(f"{url}/api/review/next?{skipped}"), "the server takes what the API documents"

    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(40) == 0
    wait_until(lambda: not processes_of(home), 10, "every process to end")


def test_a_killed_launcher_takes_everything_with_it(launched, tmp_path) -> None:
    launcher, url, home = launched
    wait_until(lambda: answers(f"{url}/readyz"), START_SECONDS, "up to be ready")
    launcher.kill()
    launcher.wait()
    wait_until(lambda: not processes_of(home), 40, "every process to end")


def test_a_taken_port_is_refused_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match="choose another one with --port"):
            call_command("up", port=port)


def test_production_is_refused(settings) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="docker compose up"):
        call_command("up")
