"""Requests of tests to a server in a process of its own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

SECONDS = 30  # what hangs takes longer


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the server, whatever its status."""

    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    address: str,
    body: dict[str, Any] | None = None,
    *,
    method: str | None = None,
    headers: dict[str, str] | None = None,
    seconds: float = SECONDS,
) -> Answer:
    """GET, or POST where there is a body, as JSON. Raises OSError where nobody answers in time."""
    data = None if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"Content-Type": "application/json"}
    request = urllib.request.Request(address, data, kind | (headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())
