"""WSGI application whose answer to /held waits for a file named by HELD_UNTIL: it is in flight while a test wants that."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LARGE = 4 * 2**20
"""Bytes that an answer to /large has: more than sockets hold."""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/held":
        until = Path(os.environ["HELD_UNTIL"])
        until.with_suffix(".begun").touch()
        while not until.exists():
            time.sleep(0.02)
    size = len(environ["wsgi.input"].read())
    body = b"x" * LARGE if path == "/large" else str(size).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
