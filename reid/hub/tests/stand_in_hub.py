"""Stand-in for the hub: an HTTP server of the tests on the loopback, with one file, that can be cut off, or be a page."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server answers, and what it was asked: method, path, Range."""

    content: bytes
    status: int = 200
    is_page: bool = False
    cuts: list[int] = field(
        default_factory=list
    )  # bytes of the first answers, then the connection is closed
    goes_on: bool = True  # whether it knows Range
    says_size: bool = True
    moved_from: str = ""  # a path that leads to another
    checksum: str = ""
    address: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@contextlib.contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub at `hub.address`, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            asked_range = self.headers.get("Range", "")
            hub.asked.append((self.command, self.path, asked_range))
            if hub.status != 200 or hub.is_page:
                page = b"<!DOCTYPE html><title>Sign in</title>"
                self.send_response(hub.status)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                if with_body:
                    self.wfile.write(page)
                return
            if self.path == hub.moved_from:
                self.send_response(302)
                self.send_header("Location", "/moved")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if not hub.goes_on:
                asked_range = ""
            start = int(asked_range.removeprefix("bytes=").partition("-")[0] or 0)
            body = hub.content[start:]
            if start and not body:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(hub.content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hub.checksum or hashlib.sha256(hub.content).hexdigest()}"')
            self.send_header("Accept-Ranges", "bytes")
            if hub.says_size:
                self.send_header("Content-Length", str(len(body)))
            else:
                self.close_connection = True
            if start:
                size = len(hub.content)
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            self.end_headers()
            if with_body:
                if hub.cuts:
                    body = body[: hub.cuts.pop(0)]
                    self.close_connection = True
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
