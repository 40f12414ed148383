"""An installation of real processes: PostgreSQL, a Redis-compatible server, web server, workers and clock, each restarted alone.

Whatever ends is started again by `watch`, as a service manager does.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import psycopg

from conftest import end_session, wait_until
from thumper.runtime.valkey import EmbeddedValkey
from thumper.tests.own_postgres import OwnPostgres

if TYPE_CHECKING:
    from types import TracebackType

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 180
ANSWER_SECONDS: Final = 30
COMMAND_SECONDS: Final = 600
WEB: Final = "web"
GPU: Final = "thumper.runtime.workers.GpuWorker"
WORKERS: Final = {
    "exports": ("manage.py", "rqworker", "exports", "--skip-checks"),
    "gpu": ("manage.py", "rqworker", "gpu", "--worker-class", GPU, "--skip-checks"),
    "imports": ("manage.py", "rqworker", "imports", "--skip-checks"),
    "maintenance": ("manage.py", "rqworker", "maintenance", "--skip-checks"),
    "clock": ("manage.py", "rqcron", "thumper/cron.py", "--skip-checks"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the server; status 0 where there was none."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Installation:
    """Everything that a user starts, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.postgres = OwnPostgres()
        self.redis = EmbeddedValkey(home)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def __enter__(self) -> Self:
        self.postgres.__enter__()
        self.redis.start()
        self.env = os.environ | {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "THUMPER_HOME": str(self.home),
            "EXPORT_MAX_PER_MINUTE": "100000",
            "EXPORT_MAX_RUNNING": "1000",
            "REID_PATTERN": "false",
            "OMP_NUM_THREADS": "1",
        }
        for name in ("MEDIA_ROOT", "EXPORT_ROOT", "MODEL_ROOT", "UPLOAD_ROOT"):
            self.env.pop(name, None)
        self.command("migrate", "--verbosity", "0")
        self.watch()
        wait_until(lambda: self.get("/healthz").status == 200, START_SECONDS, "the server answers")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self.processes.values():
            end_session(process.pid)
            process.wait()
        self.redis.stop()
        self.postgres.__exit__(kind, error, trace)

    def watch(self) -> None:
        """Start whatever does not run."""
        web = (
            *("-m", "gunicorn", "thumper.wsgi", "-c", "python:thumper.runtime.web_server"),
            *("--bind", f"127.0.0.1:{self.port}"),
        )
        for name, arguments in (WORKERS | {WEB: web}).items():
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                with (self.home / f"{name}.log").open("ab") as log:
                    self.processes[name] = subprocess.Popen(
                        [sys.executable, *arguments],
                        cwd=ROOT,
                        env=self.env,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )

    def kill(self, name: str) -> None:
        """As the kernel does when memory is short: with all that the process has started."""
        end_session(self.processes[name].pid)
        self.processes[name].wait()

    def command(self, *arguments: str) -> bool:
        """Run a command of manage.py; whether it succeeded."""
        with (self.home / "commands.log").open("ab") as log:
            done = subprocess.run(
                [sys.executable, "manage.py", *arguments, "--skip-checks"],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        return done.returncode == 0

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self._address(path)))

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        headers = {"Content-Type": "application/json"}
        return self._ask(
            urllib.request.Request(self._address(path), json.dumps(body).encode(), headers)
        )

    def delete(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self._address(path), method="DELETE"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.url) as connection:
            return list(connection.execute(query.encode()).fetchall())

    def log(self, name: str) -> str:
        path = self.home / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def resident(self, name: str) -> int:
        """Bytes that the process itself holds in memory; 0 where it has just ended."""
        try:
            text = Path(f"/proc/{self.processes[name].pid}/statm").read_text()
        except OSError:
            return 0
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else f"http://127.0.0.1:{self.port}{path}"

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
                return Answer(response.status, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read())
        except OSError:  # nobody listens, or whoever answered was killed
            return Answer(0, b"")
