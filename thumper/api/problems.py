"""Problems: every error of the API in one format, application/problem+json (RFC 9457).

`{"type", "title", "status", "detail", "instance", "errors"}`: `detail` is one sentence, `errors` lists each
thing that is wrong as `{"code", "field", "message"}`, and is empty where there is nothing to list. Of many the first
are listed, and how many more there are.
"""

from __future__ import annotations

import logging
import math
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import redis
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults
from rest_framework import exceptions
from rest_framework.views import set_rollback

from reid.db.outage import is_away
from reid.storage.photo_store import StoreAway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.http import HttpRequest

logger = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
REDIS_AWAY: Final = "The job queue does not answer. Try again in a few seconds."
DATABASE_AWAY: Final = "The database does not answer. Try again in a few seconds."
FILES_AWAY: Final = "The photographs and files of this server cannot be reached just now. Try again in a few seconds."
RETRY: Final = {"Retry-After": "5"}  # seconds
INTERNAL_ERROR: Final = "An internal error happened. It has been logged."
NO_SUCH_ADDRESS: Final = "There is nothing at this address."
NOT_ALLOWED: Final = "You may not do this."
API_PREFIX: Final = "/api/"
MORE: Final = "{count:,} more are not listed."
MOST_LISTED: Final = 100
"""Faults of one request that are listed; an answer is no larger for being asked a larger question."""
LONGEST_TEXT: Final = 500
"""Letters of a sentence that repeats what was sent."""


def problem(
    request: HttpRequest,
    status: int,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _shortened(detail),
        "instance": request.path,
        "errors": _first(errors or []),
    }
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def _first(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that are listed. Beside texts they hold ids, times and numbers, which are short."""
    listed = [
        {
            name: _shortened(value) if isinstance(value, str) else value
            for name, value in error.items()
        }
        for error in errors[:MOST_LISTED]
    ]
    if len(errors) > MOST_LISTED:
        more = MORE.format(count=len(errors) - MOST_LISTED)
        listed.append({"code": "more", "field": "", "message": more})
    return listed


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} ..."


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER: no exception of an API view leaves it in another shape."""
    request = context["request"]._request
    set_rollback()
    match exc:
        case Http404():
            return problem(request, 404, str(exc) or NO_SUCH_ADDRESS)
        case PermissionDenied():
            return problem(request, 403, str(exc) or NOT_ALLOWED)
        case redis.RedisError():
            return redis_away(request, exc)
        case StoreAway():
            return files_away(request, exc)
        case _ if is_away(exc):
            return database_away(request, exc)
        case exceptions.APIException():
            errors = _listed(exc)
            # An exception with a list of its own has a sentence of its own too; DRF's detail may be nested.
            is_nested = errors and not hasattr(exc, "errors")
            detail = errors[0]["message"] if is_nested else str(exc.detail)
            return problem(request, exc.status_code, detail, errors, _headers(exc))
        case _:
            logger.exception("unhandled error of %s %s", request.method, request.path, exc_info=exc)
            return problem(request, 500, INTERNAL_ERROR)


def database_away(request: HttpRequest, exc: Exception) -> HttpResponse:
    """503 while PostgreSQL cannot be reached: a problem below the API, a page elsewhere."""
    logger.error("the database does not answer: %s", exc)
    return _away(request, DATABASE_AWAY)


def redis_away(request: HttpRequest, exc: Exception) -> HttpResponse:
    """The same while Redis cannot be reached."""
    logger.error("Redis does not answer: %s", exc)
    return _away(request, REDIS_AWAY)


def files_away(request: HttpRequest, exc: Exception) -> HttpResponse:
    """The same while the bucket of photographs or exports cannot be reached. What is wrong with it is for the log alone."""
    logger.error("the bucket cannot be used: %s", exc)
    return _away(request, FILES_AWAY)


def _away(request: HttpRequest, detail: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem(request, 503, detail, headers=RETRY)
    page = render_to_string("503.html", {"detail": detail})
    return HttpResponse(page, status=503, headers=RETRY)


class DatabaseAwayMiddleware:
    """What a view outside the API raises while PostgreSQL, Redis or the bucket is away, as a 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, StoreAway):
            return files_away(request, exception)
        if isinstance(exception, redis.RedisError):
            return redis_away(request, exception)
        return database_away(request, exception) if is_away(exception) else None


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: an address below the API that leads nowhere is a problem too."""
    if request.path.startswith(API_PREFIX):
        return problem(request, 404, NO_SUCH_ADDRESS)
    return defaults.page_not_found(request, exception)


def _listed(exc: exceptions.APIException) -> list[dict[str, Any]]:
    """The exception's own list of violations, else DRF's nested detail laid flat."""
    if violations := getattr(exc, "errors", None):
        return [asdict(violation) for violation in violations]
    listed = isinstance(exc, exceptions.ValidationError | exceptions.ParseError)
    return list(_flat(exc.detail)) if listed else []


def _flat(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(part for part in (field, own) if part))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            is_row = isinstance(inner, dict)
            yield from _flat(inner, f"{field}.{place}" if is_row and field else field)
    else:
        code = getattr(detail, "code", "invalid").replace("parse_error", "invalid")
        yield {"code": code, "field": field, "message": str(detail)}


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = dict(getattr(exc, "headers", {}))
    if (wait := getattr(exc, "wait", None)) is not None:  # Throttled says for how long
        headers["Retry-After"] = str(math.ceil(wait))
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return headers
