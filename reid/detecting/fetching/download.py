"""Download of one file over HTTP: it goes on where an earlier try was cut off, and is whole under its name or not there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from reid.hub.job import first_line
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Progress = Callable[[int, int | None], None]

SECONDS: Final = 60
"""Silence after which a connection is given up."""
PIECE: Final = 1 << 20

NO_WAY: Final = "There is no way to {url} from here ({error})"
A_PAGE: Final = (
    "{url} answers with a page and not with the file (a sign-in page of the network, or a proxy?)"
)
REFUSED: Final = "The server refuses {url} ({error})"
CUT_OFF: Final = "The download of {url} was cut off after {done:,} of {total:,} bytes"
KEPT: Final = ": what came is kept; give the command again, and it goes on from there."
ANOTHER_PART: Final = "it sends another part of the file than was asked for"
NO_ROOM: Final = "The download cannot be written to {path} ({error}): make room there, and give the command again; it goes on."


class NotToBeHad(ModelRefused):
    """A file that its address does not give; the message lacks its end, which says how else it can be brought."""


def download(url: str, path: Path, progress: Progress) -> None:
    """Fetch `url` into `path`; `progress` is told the bytes so far, and all of them or None where the server does not say.

    What lies in `path`.part is gone on from, as long as the server can, and again at once after a cut, as long as each try
    brings something. Raises NotToBeHad where there is no way to the file, ModelRefused where it was cut off or cannot be kept.
    """
    part = path.with_name(f"{path.name}.part")
    while True:
        before = _size(part)
        total = _fetch(url, part, progress)
        done = _size(part)
        if total is None or done == total:
            break
        if done <= before or done > total:
            raise ModelRefused(CUT_OFF.format(url=url, done=done, total=total) + KEPT)
    part.replace(path)


@dataclass(frozen=True, slots=True)
class _Body:
    """Where an answer's body begins in the file, and the size of the whole file; None where the server does not say."""

    start: int
    total: int | None


def _fetch(url: str, part: Path, progress: Progress) -> int | None:
    """One try; the size of the whole file, None where the server does not say."""
    start = _size(part)
    headers = {"User-Agent": "Thumper"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        with urlopen(Request(url, headers=headers), timeout=SECONDS) as response:  # noqa: S310 - an address of the catalogue
            if response.headers.get_content_type() == "text/html":
                raise NotToBeHad(A_PAGE.format(url=url))
            body = _body(url, response, start)
            _write(response, part, body, progress)
            return body.total
    except HTTPError as error:
        with error:  # it is the answer, whose connection is still open
            is_past_the_end = error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start
            is_whole = error.headers.get("Content-Range", "") == f"bytes */{start}"
        if not is_past_the_end:
            refusal = REFUSED.format(url=url, error=f"{error.code} {error.reason}")
            raise NotToBeHad(refusal) from error
        if is_whole:
            return start
        part.unlink()  # of a longer file than there is now
        return _fetch(url, part, progress)
    except URLError as error:
        raise NotToBeHad(NO_WAY.format(url=url, error=error.reason)) from error
    except (HTTPException, TimeoutError, ConnectionError) as error:
        raise NotToBeHad(NO_WAY.format(url=url, error=first_line(error))) from error


def _body(url: str, response: HTTPResponse, start: int) -> _Body:
    """A server that cannot go on sends the whole file, from its beginning."""
    length = response.headers.get("Content-Length")
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        return _Body(0, int(length) if length else None)
    place = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if place is None or int(place[1]) != start:
        raise NotToBeHad(REFUSED.format(url=url, error=ANOTHER_PART))
    return _Body(start, int(place[2]))


def _write(response: HTTPResponse, part: Path, body: _Body, progress: Progress) -> None:
    """What comes of the body; a connection that breaks ends it, where the size of the whole tells that it is not whole."""
    done = body.start
    try:
        with part.open("ab" if body.start else "wb") as file:
            progress(done, body.total)
            while piece := response.read(PIECE):
                file.write(piece)
                done += len(piece)
                progress(done, body.total)
    except (ConnectionError, TimeoutError, HTTPException):
        if body.total is None:
            raise
    except OSError as error:
        raise ModelRefused(NO_ROOM.format(path=part, error=error.strerror or error)) from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
