"""Embedded Redis-compatible server: started, used, and ended with its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from conftest import wait_until
from thumper.runtime.valkey import EmbeddedValkey, ServiceError, socket_path


def test_the_socket_is_for_this_user_alone(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server:
        assert server.answers()
        assert server.socket.parent.stat().st_mode & 0o077 == 0
    assert not server.answers()


def test_what_was_written_survives_a_restart(tmp_path: Path) -> None:
    for written in (True, False):
        with EmbeddedValkey(tmp_path) as server, redis.Redis.from_url(server.url) as client:
            if written:
                client.set("key", "value")
            assert client.get("key") == b"value"


def test_a_second_server_on_the_same_home_is_refused(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path), pytest.raises(ServiceError, match="already runs"):
        EmbeddedValkey(tmp_path).start()


def test_a_deep_home_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(os.fsencode(socket_path(deep))) <= 100
    assert socket_path(deep) == socket_path(deep)
    with EmbeddedValkey(deep) as server:
        assert server.answers()


def test_a_server_that_cannot_start_says_where_its_log_is(tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "appendonlydir").write_text("in the way")
    with pytest.raises(ServiceError, match=r"valkey\.log"):
        EmbeddedValkey(tmp_path).start()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's PDEATHSIG is Linux's")
def test_the_server_dies_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from thumper.runtime.valkey import EmbeddedValkey\n"
        "EmbeddedValkey(pathlib.Path(sys.argv[1])).start(); print('up', flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    server = EmbeddedValkey(tmp_path)
    assert server.answers()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not server.answers(), 10, "the orphaned server to end")
