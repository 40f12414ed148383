"""An installation of real processes: PostgreSQL, a Redis-compatible server, web server, workers and clock, each restarted alone.

Whatever ends is started again by `watch`, as a service manager does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, Self

import psycopg

from conftest import end_session, free_port, wait_until
from thumper.runtime.priorities import give_way
from thumper.runtime.valkey import EmbeddedValkey
from thumper.tests.asking import Answer, ask
from thumper.tests.own_postgres import OwnPostgres

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


class Installation:
    """Everything that a user starts, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.postgres = OwnPostgres()
        self.redis = EmbeddedValkey(home)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.port = free_port()

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

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            end_session(process.pid)
            process.wait()
        self.redis.stop()
        self.postgres.__exit__(None, None, None)

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
                if name != WEB:
                    give_way(self.processes[name].pid)

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
        return self._ask(path)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self._ask(path, body)

    def delete(self, path: str) -> Answer:
        return self._ask(path, method="DELETE")

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

    def _ask(
        self, path: str, body: dict[str, Any] | None = None, method: str | None = None
    ) -> Answer:
        """An answer of status 0 where there was none: nobody listens, or whoever answered was killed."""
        address = path if path.startswith("http") else f"http://127.0.0.1:{self.port}{path}"
        try:
            return ask(address, body, method=method)
        except OSError:
            return Answer(0, {}, b"")
