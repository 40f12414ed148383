"""Parts of `manage.py up` without its services: children that end, the sample herd, a server that does not answer."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from conftest import free_port, wait_until
from reid.tests import make
from thumper.backups import upgrading
from thumper.backups.folder import BackupFolder
from thumper.herd import COLLECTION
from thumper.management.commands import up
from thumper.management.commands.up import Child, Command
from thumper.runtime.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FOREVER = "import time; time.sleep(600)"


class ClosedTerminal(StringIO):
    """What is left to write to when the window is closed, or the program behind a pipe has ended."""

    def write(self, _text: str) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.fixture
def child() -> Iterator[Callable[..., Child]]:
    """A function that starts a Python program as a child; what is left of them ends with the test."""
    children = []

    def start(program: str, *, restarts: bool = True) -> Child:
        child = Child("test", [sys.executable, "-c", program], restarts=restarts)
        children.append(child)
        child.start()
        return child

    yield start
    for child in children:
        child.stop(0)


@pytest.fixture
def launcher() -> Command:
    command = Command(stdout=StringIO(), stderr=StringIO())
    command._stopping = threading.Event()
    return command


@pytest.fixture
def project(tmp_path: Path, settings: Any) -> Callable[[str], Path]:
    """A function that puts this program in place of manage.py; it gives the folder where that runs."""

    def write(program: str) -> Path:
        (tmp_path / "manage.py").write_text(program)
        settings.BASE_DIR = tmp_path
        return tmp_path

    return write


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """Every child that is started from now on."""
    children: list[Child] = []
    start = Child.start

    def recorded(child: Child) -> None:
        children.append(child)
        start(child)

    monkeypatch.setattr(Child, "start", recorded)
    return children


def has_ended(child: Child) -> bool:
    return not child.is_running


class TestChildren:
    def test_one_that_ignores_the_request_to_end_is_killed(
        self, child: Callable[..., Child], monkeypatch
    ) -> None:
        output = StringIO()
        monkeypatch.setattr(sys, "stderr", output)
        stubborn = child(
            "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); "
            + FOREVER
        )
        wait_until(
            lambda: "test    | ready\n" in output.getvalue(), what="its output, with its name"
        )
        stubborn.stop(0.1)
        assert stubborn.process is not None
        assert stubborn.process.returncode == -signal.SIGKILL

    def test_one_goes_on_where_its_words_reach_nobody(
        self, child: Callable[..., Child], monkeypatch
    ) -> None:
        monkeypatch.setattr(sys, "stderr", ClosedTerminal())
        talkative = child("for _ in range(20_000): print('still here')")
        wait_until(lambda: has_ended(talkative))
        assert talkative.process is not None
        assert talkative.process.returncode == 0

    def test_all_are_stopped_where_the_terminal_is_closed(
        self, child: Callable[..., Child]
    ) -> None:
        command = Command(stdout=StringIO(), stderr=ClosedTerminal())
        command._stopping = threading.Event()
        children = [child(FOREVER), child(FOREVER)]
        command._stop_all(children)
        assert all(map(has_ended, children))

    def test_one_that_was_never_started_has_nothing_to_stop(self) -> None:
        unstarted = Child("test", ["/nonexistent"])
        unstarted.stop(0)
        assert unstarted.process is None

    def test_a_worker_that_ended_is_started_again(
        self, child: Callable[..., Child], launcher: Command, monkeypatch, caplog
    ) -> None:
        monkeypatch.setattr(up, "RESTART_SECONDS", 0)
        worker, other = child("raise SystemExit(3)"), child(FOREVER)
        wait_until(lambda: has_ended(worker))
        first, untouched = worker.process, other.process
        launcher._supervise([worker, other])
        assert worker.process is not first
        assert other.process is untouched
        assert "test ended with status 3; starting it again" in caplog.text

    def test_the_web_server_s_end_ends_everything(
        self, child: Callable[..., Child], launcher: Command
    ) -> None:
        web = child("raise SystemExit(3)", restarts=False)
        wait_until(lambda: has_ended(web))
        with pytest.raises(CommandError, match="The test process ended with status 3"):
            launcher._supervise([web])

    def test_nothing_is_started_again_while_all_stops(
        self, child: Callable[..., Child], launcher: Command
    ) -> None:
        worker = child("")
        wait_until(lambda: has_ended(worker))
        first = worker.process
        launcher._stop_all([worker, Child("never", ["/nonexistent"])])
        launcher._supervise([worker])
        assert worker.process is first


@pytest.mark.django_db
class TestSampleHerd:
    def test_it_is_loaded_into_an_empty_store_and_over_itself(
        self, project: Callable[[str], Path], launcher: Command
    ) -> None:
        folder = project("import sys; open('arguments', 'a').write(sys.argv[1] + ' ')")
        launcher._load_demo([])
        make.detection(image=make.image(path=f"{COLLECTION}/oak/1.jpg"))
        launcher._load_demo([])
        assert (folder / "arguments").read_text() == "demo demo "

    def test_it_never_joins_somebody_s_own_photographs(
        self, project: Callable[[str], Path], launcher: Command
    ) -> None:
        folder = project("open('arguments', 'w')")
        make.detection(image=make.image(path="mine/1.jpg"))
        launcher._load_demo([])
        assert not (folder / "arguments").exists()

    def test_where_it_fails_all_else_goes_on(
        self, project: Callable[[str], Path], launcher: Command
    ) -> None:
        project("raise SystemExit(1)")
        launcher._load_demo([])
        assert "All else runs" in launcher.stderr.getvalue()

    def test_ctrl_c_ends_it_while_it_loads(
        self, project: Callable[[str], Path], launcher: Command, started: list[Child]
    ) -> None:
        project(FOREVER)
        launcher._stopping.set()
        launcher._load_demo([])
        (demo,) = started
        assert has_ended(demo)

    def test_it_ends_with_the_web_server(
        self,
        project: Callable[[str], Path],
        launcher: Command,
        child: Callable[..., Child],
        started: list[Child],
    ) -> None:
        project(FOREVER)
        web = child("raise SystemExit(3)", restarts=False)
        wait_until(lambda: has_ended(web))
        with pytest.raises(CommandError, match="ended with status 3"):
            launcher._load_demo([web])
        assert has_ended(started[-1])


def test_a_server_that_never_answers_is_given_up(launcher: Command, monkeypatch) -> None:
    monkeypatch.setattr(up, "READY_SECONDS", 0)
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(CommandError, match=f"Thumper is not ready: {url}/readyz names"):
        launcher._wait_ready([], url)


def test_ctrl_c_before_all_is_ready_ends_without_a_welcome(launcher: Command) -> None:
    launcher._stopping.set()
    launcher._run([], f"http://127.0.0.1:{free_port()}", load_demo=True)
    assert launcher.stdout.getvalue() == ""


@pytest.fixture
def own_signals() -> Iterator[None]:
    """`up` takes over the signals of its process, here the tests': they are given back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_second_launcher_of_one_home_is_refused(
    own_signals: None, tmp_path: Path, settings: Any
) -> None:
    settings.REDIS_EMBEDDED, settings.THUMPER_HOME = True, tmp_path
    refusal = re.escape(f"Another Thumper already runs on {tmp_path}")
    with EmbeddedValkey(tmp_path), pytest.raises(CommandError, match=refusal):
        call_command("up", port=free_port())


@pytest.mark.django_db(transaction=True)
class TestMigrations:
    """The store that `up` finds may be of an earlier version."""

    @pytest.fixture(autouse=True)
    def _of_an_earlier_version(
        self, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upgrading, "_is_to_be_migrated", lambda: True)
        settings.BACKUP_ROOT = tmp_path / "backups"

    def test_a_backup_is_made_before(self, settings: Any) -> None:
        output = StringIO()
        Command(stderr=output)._migrate()
        (saved,) = BackupFolder(settings.BACKUP_ROOT).names()
        assert f"Migrated; the backup {saved} in {settings.BACKUP_ROOT}" in output.getvalue()

    def test_tries_that_fail_again_and_again_push_out_no_backup_from_before(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise DatabaseError

        monkeypatch.setattr(upgrading, "KEPT", 2)
        with monkeypatch.context() as patched:
            patched.setattr(upgrading, "call_command", fail)
            for _ in range(3):
                with pytest.raises(DatabaseError):
                    upgrading.migrate()
        folder = BackupFolder(settings.BACKUP_ROOT)
        assert len(folder.names()) == 3
        upgrading.migrate()
        assert len(folder.names()) == 2

    def test_without_one_nothing_starts(self, launcher: Command, settings: Any) -> None:
        settings.BACKUP_ROOT.mkdir()
        (settings.BACKUP_ROOT / "letter.txt").write_text("Dear Sir")
        with pytest.raises(CommandError, match="Nothing was migrated"):
            launcher._migrate()
