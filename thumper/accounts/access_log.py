"""Access log: one line for each request, with who sent it, how it ended, how long it took, and its id.

The id is the sender's (X-Request-ID) where it is sane, goes back in the answer, and goes on with the jobs that are queued.
"""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.functional import SimpleLazyObject, empty

from thumper import logs
from thumper.accounts.addresses import client_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("thumper.access")
HEADER: Final = "X-Request-ID"
PROBES: Final = ("/healthz", "/readyz", "/static/")
"""Beginnings of addresses that are asked all day and tell nothing of anybody: logged at DEBUG alone."""
HIDDEN: Final = "..."

_answered: ContextVar[HttpRequest | None] = ContextVar("answered", default=None)


def answered_request() -> HttpRequest | None:
    """The request that is answered here; None in commands and workers."""
    return _answered.get()


class AccessLogMiddleware:
    """The first of all: what others refuse is logged too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request_id = logs.sane_id(request.headers.get(HEADER))
        logs.answering(request_id)
        before = _answered.set(request)
        try:
            response = self.get_response(request)
            response[HEADER] = request_id
            _log(request, response.status_code, time.perf_counter() - began)
        finally:
            _answered.reset(
                before
            )  # the id stays until the next one: Django logs refusals after this
        return response


def _log(request: HttpRequest, status: int, seconds: float) -> None:
    is_quiet = settings.EMBEDDED or request.path_info.startswith(PROBES)
    shown, path, milliseconds = _user_name(request), _path(request), round(1000 * seconds)
    logger.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "%s %s %s by %s in %s ms",
        *(request.method, path, status, shown, milliseconds),
        extra={
            "method": request.method,
            "path": path,
            "status": status,
            "user": shown,
            "duration_ms": milliseconds,
            "address": client_address(request),
        },
    )


def _user_name(request: HttpRequest) -> str:
    """Whoever the view asked for. Nobody is looked up for the log: a probe answers without a database."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:
        return "-"
    return user.get_username() if isinstance(user, User) else "-"


def _path(request: HttpRequest) -> str:
    """The address without its query, and without the key of a shared link: whoever reads logs gets no keys."""
    path = request.path
    match = request.resolver_match
    key = match.kwargs.get("key") if match else None
    if isinstance(key, str):
        path = path.replace(key, HIDDEN)
    return path.translate(_UNSAFE)


_UNSAFE: Final = dict.fromkeys((*range(32), 127, 8232, 8233), "?")
