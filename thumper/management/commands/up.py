"""`manage.py up`: everything Thumper needs, in one foreground process tree that one Ctrl-C ends.

Order matters on the way out: first the web server, so that nothing new is queued; then the workers,
which may finish what they have in hand for a few seconds; last the Redis-compatible server, which they
all talk to. Every child dies with this process, even when it is killed with SIGKILL.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import redis
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from thumper.backups import upgrading
from thumper.backups.problems import BackupProblem
from thumper.herd import loading, removing
from thumper.runtime import web_server
from thumper.runtime.priorities import give_way
from thumper.runtime.valkey import EmbeddedValkey, ServiceError, die_with_parent

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
READY_SECONDS = 120.0
WARM_STOP_SECONDS = 10.0
RESTART_SECONDS = 3.0
# glibc hands every large activation of the network back to the kernel after use; kept, it runs 1.5x faster.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "268435456",
}


@dataclass
class Child:
    """One process of ours: how it is started, whether it may be started again, and whether others go before it."""

    name: str
    command: list[str]
    restarts: bool = True
    gives_way: bool = True
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            cwd=settings.BASE_DIR,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the launcher alone
            preexec_fn=die_with_parent,
        )
        if self.gives_way:
            give_way(self.process.pid)
        threading.Thread(target=self._relay, args=(self.process,), daemon=True).start()

    def _relay(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - PIPE above
        with process.stdout as output:
            for line in output:
                with suppress(OSError):  # the terminal may be closed: who is not heard goes on
                    sys.stderr.write(f"{self.name:<8}| {line.decode(errors='replace')}")
                    sys.stderr.flush()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float) -> None:
        """Ask, wait, insist. A second SIGTERM makes an RQ worker end its work-horse at once."""
        if self.process is None:
            return
        for patience in (seconds, 3.0):
            if self.is_running:
                self.process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(patience)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


NO_SAMPLE: Final = (
    "The sample herd could not be loaded; see above. All else runs: import photographs of your own. "
    "The next start tries again; with --no-demo none does."
)


class Command(BaseCommand):
    help = (
        "Start everything on this machine: database, Redis-compatible server, workers and the web "
        "server on 127.0.0.1. Ctrl-C stops it all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="Port on 127.0.0.1 (8000).")
        parser.add_argument(
            "--no-demo",
            action="store_true",
            help="Do not load the sample herd into an empty store.",
        )

    def handle(self, *args: Any, port: int, no_demo: bool, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "up runs the embedded mode only: remove THUMPER_MODE, or use docker compose up."
            )
        _refuse_taken_port(port)
        self._stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stopping.set())
        with ExitStack() as stack:
            if settings.REDIS_EMBEDDED:
                try:
                    stack.enter_context(EmbeddedValkey(settings.THUMPER_HOME))
                except ServiceError as error:
                    raise CommandError(str(error)) from error
                _forget_dead_workers()
            self._migrate()
            os.environ.setdefault("SITE_URL", f"http://{HOST}:{port}")  # for links in mails
            children = _children(port)
            stack.callback(self._stop_all, children)
            for child in children:
                child.start()
            self._run(children, f"http://{HOST}:{port}", load_demo=not no_demo)

    def _migrate(self) -> None:
        try:
            saved = upgrading.migrate()
        except BackupProblem as problem:
            raise CommandError(str(problem)) from problem
        if saved:
            self.stderr.write(
                f"Migrated; the backup {saved.name} in {settings.BACKUP_ROOT} was made before."
            )

    def _run(self, children: list[Child], url: str, *, load_demo: bool) -> None:
        self._wait_ready(children, url)
        if load_demo and not self._stopping.is_set():
            self._load_demo(children)
        if not self._stopping.is_set():
            self.stdout.write(_welcome(url))
            self.stdout.flush()
        while not self._stopping.wait(0.2):
            self._supervise(children)

    def _wait_ready(self, children: list[Child], url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._stopping.is_set():
            self._supervise(children)
            with (
                suppress(OSError),  # refused, or 503: not yet
                urllib.request.urlopen(f"{url}/readyz", timeout=5),  # noqa: S310 - our own
            ):
                return
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Thumper is not ready: {url}/readyz names the part that is missing."
                )
            self._stopping.wait(0.2)

    def _load_demo(self, children: list[Child]) -> None:
        """Load the sample herd, but never into a store that holds somebody's own, nor where it was removed."""
        if loading.holds_other_detections() or removing.was_removed():
            return
        demo = Child("demo", [sys.executable, "manage.py", "demo"], restarts=False)
        demo.start()
        try:
            while demo.is_running and not self._stopping.wait(0.1):
                self._supervise(children)
        finally:
            demo.stop(5.0)
        if self._stopping.is_set():
            return
        if demo.process is not None and demo.process.returncode:
            self.stderr.write(NO_SAMPLE)

    def _supervise(self, children: list[Child]) -> None:
        """Start a worker again that ended (RQ's do when Redis was away); end with the web server."""
        for child in children:
            if child.is_running or self._stopping.is_set():
                continue
            code = child.process.returncode if child.process else None
            if not child.restarts:
                raise CommandError(f"The {child.name} process ended with status {code}; see above.")
            logger.error("%s ended with status %s; starting it again", child.name, code)
            self._stopping.wait(RESTART_SECONDS)
            child.start()

    def _stop_all(self, children: list[Child]) -> None:
        self._stopping.set()
        with suppress(OSError):  # a closed terminal, too, is a reason to stop
            self.stderr.write("Stopping ...")
        web, *workers = children
        web.stop(WARM_STOP_SECONDS)
        for worker in workers:  # all are asked before the first is waited for
            if worker.is_running and worker.process is not None:
                worker.process.terminate()
        for worker in workers:
            with suppress(subprocess.TimeoutExpired):
                if worker.process is not None:
                    worker.process.wait(WARM_STOP_SECONDS)
            worker.stop(1.0)


def _children(port: int) -> list[Child]:
    manage = [sys.executable, "manage.py"]
    web = [
        *(sys.executable, "-m", "gunicorn", "thumper.wsgi", "--bind", f"{HOST}:{port}"),
        *("--config", f"python:{web_server.__name__}", "--threads", "4"),
        *("--graceful-timeout", "5", "--log-level", "warning"),
    ]
    # `up` has checked the project, and for a check every page is loaded. Quiet, since RQ logs every round of its
    # upkeep.
    worker = [*manage, "rqworker", "--skip-checks", "--verbosity", "0"]
    gpu = [*worker, "gpu", "--worker-class", "thumper.runtime.workers.GpuWorker"]
    return [
        Child("web", web, restarts=False, gives_way=False),
        Child("exports", [*worker, "exports"]),
        Child("gpu", gpu, env=KEEP_MEMORY),
        Child("train", [*worker, "train"], env=KEEP_MEMORY),
        Child("imports", [*worker, "imports"]),
        Child("upkeep", [*worker, "maintenance"]),
        Child("cron", [*manage, "rqcron", "--skip-checks", "thumper/cron.py"]),
    ]


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} cannot be used ({error}): choose another one with --port."
            ) from error


def _forget_dead_workers() -> None:
    """Clear what a killed launcher left in its own server.

    Nobody else can hold these locks or registrations: the server has just been started, and only by us.
    """
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for pattern in ("rq:scheduler-lock:*", "rq:worker:*"):
            for key in client.scan_iter(pattern):
                client.delete(key)
        client.delete("rq:workers", *(f"rq:workers:{queue}" for queue in settings.QUEUES))


def _welcome(url: str) -> str:
    return f"""
Thumper is ready.

  {url}/              everything begins here: what came in, and what waits
  {url}/imports/new   bring in a card or a folder of photographs
  {url}/review/       which deer is it? sighting by sighting, from the keyboard
  {url}/exports/      reports and archives, with their progress
  {url}/thresholds/   when the machine may give names by itself
  {url}/health/       what runs, what failed, how much room is left
  {url}/api/docs/     the API, to read and to try
  {url}/admin/        every record, for who looks after the server

Make a PDF report of the last three months (then open its download_url):

  curl -s -X POST {url}/api/exports/pdf -H 'Content-Type: application/json' \\
    -d '{{"start_date": "{_days_ago(90)}"}}'

Ctrl-C stops everything.
"""


def _days_ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()
