"""Request latency: a status poll beside a bare Django view, and the refusal of a bad request.

A bare view reads the user from the database and the status from Redis, as every poll must. Polls are made in this process, one after the other, with no network between: both sides pay for Django's
handler alone. Refusals go to a real gunicorn with two workers, 50 a second however long the responses take (an
open loop), and a latency counts from the moment at which its request was due.
"""

from __future__ import annotations

import http.client
import io
import itertools
import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks._environment import (
    arguments,
    interleaved,
    process_environment,
    table,
    temporary_installation,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RATE, SECONDS = 50, 10
REFUSED = json.dumps(
    {"start_date": "2026-05-02", "end_date": "2025-05-01", "group_by": "fortnight"}
).encode()
STATUS_LIMIT, REFUSAL_LIMIT = 1.0, 0.1


def requester(handler: Any, path: str) -> Callable[[], None]:
    """A function that sends one GET through a WSGI handler, and fails on anything but 200."""

    def send() -> None:
        answers: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
        }
        response = handler(environ, lambda status, headers: answers.append(status))
        b"".join(response)
        response.close()
        if answers != ["200 OK"]:
            raise RuntimeError(f"{path} answered {answers}")

    return send


def refusals(port: int, count: int) -> list[float]:
    """Latencies in seconds of `count` refused requests that are due every 1/RATE s."""
    begin = time.perf_counter() + 0.5

    def one(number: int) -> float:
        due = begin + number / RATE
        time.sleep(max(due - time.perf_counter(), 0))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(
            "POST", "/api/exports/pdf", REFUSED, {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 400:
            raise RuntimeError(f"a bad request was answered {answer.status}")
        return time.perf_counter() - due

    with ThreadPoolExecutor(64) as pool:
        return list(pool.map(one, range(count)))


def serve_and_refuse(seconds: int) -> list[float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "thumper.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--config", "python:thumper.runtime.web_server", "--threads", "4"),
            *("--log-level", "error"),
        ],
        env=process_environment(),
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                refusals(port, 8)  # both workers have loaded what they need
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        return refusals(port, RATE * seconds)
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    options = arguments(__doc__)
    rounds, seconds = (3, 3) if options.quick else (9, SECONDS)
    with temporary_installation(redis=True):
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from django.core.handlers.wsgi import WSGIHandler
        from django.http import HttpRequest, HttpResponse
        from django.test import override_settings
        from django.urls import path

        from exports.lifecycle import operations, status
        from exports.requests.specs import ArchiveSpec

        user, _ = get_user_model().objects.get_or_create(username=settings.LOCAL_USERNAME)
        record = operations.submit(ArchiveSpec((), True, True, 300), user.pk)
        client = status.store().client
        key = f"export_job:{record.job_id}"

        def view(request: HttpRequest) -> HttpResponse:
            # Whose export it is has to be known on both sides: the user is read from the database.
            if not request.user.is_authenticated:
                return HttpResponse(status=401)
            return HttpResponse(client.get(key), content_type="application/json")

        ours = WSGIHandler()
        with override_settings(ROOT_URLCONF=(path("bare", view),)):
            bare_handler = WSGIHandler()
            bare = requester(bare_handler, "/bare")
            bare()

            def many(send: Callable[[], None]) -> Callable[[], None]:
                def work() -> None:
                    for _ in itertools.repeat(None, 200):
                        send()

                return work

            poll = requester(ours, f"/api/exports/zip/{record.job_id}")

            def polled() -> None:
                with override_settings(ROOT_URLCONF="thumper.urls"):
                    many(poll)()

            polled()
            polls, bares = interleaved(rounds, (200, polled), (200, many(bare)))
        latencies = serve_and_refuse(seconds)
    median, p99 = (float(np.quantile(latencies, q)) for q in (0.5, 0.99))
    table(
        f"requests, polls in batches of 200, {len(latencies)} refusals at {RATE}/s",
        [
            ("bare Django view: the user, one Redis GET, requests/s", f"{bares:.0f}"),
            ("status polls, requests/s", f"{polls:.0f}"),
            ("polls / bare (target 0.60)", f"{polls / bares:.2f}"),
            ("refusal, median ms (target 10)", f"{median * 1000:.1f}"),
            ("refusal, p99 ms (target 100)", f"{p99 * 1000:.1f}"),
        ],
    )
    return int(options.check and (1 / polls > STATUS_LIMIT or p99 > REFUSAL_LIMIT))


if __name__ == "__main__":
    sys.exit(main())
