"""Web server: gunicorn's processes with waitress inside, and their settings; `gunicorn -c python:thumper.runtime.web_server`.

A thread begins with a request when all of it has come, and is free again when the answer is written: whoever sends
half a request, or reads slowly, keeps a socket and no thread. Gunicorn starts the processes, watches them and ends them.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

if TYPE_CHECKING:
    from collections.abc import Callable

# --- what gunicorn reads; its command line overrides each ---------------------------------------
worker_class = "thumper.runtime.web_server.WaitressWorker"
workers = 2
threads = 8
keepalive = 75  # seconds: longer than any Retry-After that is answered, so that who polls keeps its connection
limit_request_line = 8190  # bytes: as long as a list of sightings to skip may be
control_socket_disable = True

MOST_CONNECTIONS: Final = 1000
"""Of one process. Others wait until one is closed."""
SWEEP_SECONDS: Final = 5
"""How often connections that were silent for `keepalive` are looked for."""
LINGER_SECONDS: Final = 2
"""A stopping process keeps a silent connection for so long: a request may be under way on it."""
LOOP_SECONDS: Final = 1.0
OTHER_HEADERS: Final = 32_768
"""Bytes that a request's headers may have beside its first line."""
ROOM: Final = 2**20
"""A body larger than allowed by so little still gets the answer of its address; a larger one waitress's own."""


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection, of which a stopping process answers what has come and then lets go."""

    def service(self) -> None:
        if self.server.is_stopping:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()

    def is_silent_since(self, moment: float) -> bool:
        """Whether nothing came or went since then, and no answer is owed."""
        return not self.requests and not self.total_outbufs_len and self.last_activity < moment


class WaitressWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """A process that serves by waitress: connections in its main thread, requests in `threads` others."""

    _wake: Callable[[], None] | None = None

    def handle_exit(self, sig: int, frame: object) -> None:
        super().handle_exit(sig, frame)
        if self._wake is not None:
            self._wake()

    def run(self) -> None:
        channels: dict[int, Any] = {}
        create_server(self.wsgi, map=channels, **self._options())
        servers = [each for each in channels.values() if isinstance(each, BaseWSGIServer)]
        for server in servers:
            server.channel_class, server.is_stopping = Channel, False
        self._wake = servers[0].pull_trigger
        while self.alive and self.ppid == os.getppid():
            self.notify()
            wasyncore.poll2(LOOP_SECONDS, channels)
        for server in servers:
            server.accepting, server.is_stopping = False, True
        self._finish(channels)

    def _finish(self, channels: dict[int, Any]) -> None:
        """Answer what has come already, for as long as gunicorn waits for that."""
        ends = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < ends:
            self.notify()
            connections = [each for each in channels.values() if isinstance(each, Channel)]
            if not connections:
                return
            for connection in connections:
                if connection.is_silent_since(time.time() - LINGER_SECONDS):
                    connection.will_close = True
            wasyncore.poll2(LOOP_SECONDS / 10, channels)

    def _options(self) -> dict[str, Any]:
        from django.conf import settings  # in a process that has them; gunicorn's own has not

        listeners = [listener.sock for listener in self.sockets]
        bodies = settings.UPLOAD_CHUNK_BYTES, settings.IMAGE_MAX_BYTES, settings.JSON_MAX_BYTES
        return {
            "sockets": listeners,
            "server_name": str(listeners[0].getsockname()[0]),  # of a request that names no host
            "threads": self.cfg.threads,
            "backlog": self.cfg.backlog,
            "connection_limit": MOST_CONNECTIONS,
            "asyncore_use_poll": True,
            "channel_timeout": self.cfg.keepalive,
            "cleanup_interval": SWEEP_SECONDS,
            "max_request_header_size": self.cfg.limit_request_line + OTHER_HEADERS,
            "max_request_body_size": max(bodies) + ROOM,
            "clear_untrusted_proxy_headers": False,  # whom they are believed is said by BEHIND_PROXY
            "ident": "thumper",
        }
