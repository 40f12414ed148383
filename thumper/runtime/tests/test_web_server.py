"""The web server as a process: who sends or reads slowly stops nobody, and a stop cuts nobody off."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from conftest import free_port, wait_until
from exports.lifecycle import admission
from thumper.runtime import web_server
from thumper.runtime.tests.held_application import LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
START_SECONDS = 60
ANSWER_SECONDS = 20
CROWD = 64  # four times as many as there are threads
HALF_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: "
HALF_BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nhalf"
UNREAD = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Server(NamedTuple):
    port: int
    process: subprocess.Popen[bytes]
    until: Path

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)

    def ask(self, path: str = "/", body: bytes = b"") -> tuple[int, bytes]:
        connection = self.connect()
        try:
            connection.request("POST" if body else "GET", path, body or None)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.ask() == (200, b"0")
        except OSError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "thumper.runtime.tests.held_application"),
                *("--config", "python:thumper.runtime.web_server", "--bind", f"127.0.0.1:{port}"),
            ],
            cwd=ROOT,
            env=os.environ | {"HELD_UNTIL": str(tmp_path / "until")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(port, process, tmp_path / "until")
    try:
        wait_until(server.answers, START_SECONDS, f"the server answers; see {log.name}")
        yield server
    finally:
        server.until.touch()
        process.terminate()
        process.wait(60)


@pytest.mark.service
@pytest.mark.parametrize(
    "sent", [b"", HALF_HEADER, HALF_BODY, UNREAD], ids=["silent", "header", "body", "unread"]
)
def test_a_crowd_that_sends_half_a_request_or_reads_nothing_freezes_nobody_out(
    server: Server, sent: bytes
) -> None:
    with ExitStack() as crowd:
        for _ in range(CROWD):
            one = crowd.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            one.sendall(sent)
        assert [server.ask() for _ in range(8)] == [(200, b"0")] * 8


@pytest.mark.service
def test_a_large_body_comes_whole_and_a_large_answer_too(server: Server) -> None:
    assert server.ask("/", b"x" * 3_000_000) == (200, b"3000000")
    assert server.ask("/large") == (200, b"x" * LARGE)


@pytest.mark.service
def test_a_body_far_beyond_every_limit_is_413_before_it_has_come(server: Server) -> None:
    connection = server.connect()
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(10**9))
    connection.endheaders(b"x")
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.service
def test_a_request_in_flight_is_answered_when_the_server_is_stopped(server: Server) -> None:
    connection = server.connect()
    connection.request("GET", "/held")
    wait_until(server.until.with_suffix(".begun").exists, ANSWER_SECONDS, "the request is begun")
    server.process.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(1)
    server.until.touch()
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"0")
    connection.close()
    assert server.process.wait(ANSWER_SECONDS) == 0


@pytest.mark.service
def test_a_stopping_server_lets_go_of_a_connection_that_says_nothing(server: Server) -> None:
    connection = server.connect()
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"0"
    server.process.terminate()
    assert server.process.wait(ANSWER_SECONDS) == 0
    connection.close()


def test_a_connection_is_kept_for_longer_than_anybody_is_told_to_wait() -> None:
    assert web_server.keepalive > admission._WAIT_AT_MOST
