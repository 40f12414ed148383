"""Limit of bodies: JSON_MAX_BYTES at every address but those that take files, for JSON and forms alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from thumper.api.parsers import TOO_LARGE, BodyTooLarge
from thumper.api.problems import API_PREFIX, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

TAKES_FILES: Final = frozenset({"upload-files", "upload-file", "camera-map-add"})
"""Addresses, by name, that limit their bodies themselves."""


class BodyLimitMiddleware:
    """413 for a body larger than its address takes, before anything reads it: a problem, or a page for a browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = settings.JSON_MAX_BYTES
        if _length(request) <= limit or _takes_files(request):
            return self.get_response(request)
        sentence = TOO_LARGE.format(limit=limit)
        if request.path_info.startswith(API_PREFIX):
            return problem(request, BodyTooLarge.status_code, sentence)
        kind = request.get_preferred_type(("text/plain", "text/html"))
        body = render_to_string("413.html") if kind == "text/html" else sentence
        media_type = f"{kind or 'text/plain'}; charset=utf-8"
        return HttpResponse(body, media_type, BodyTooLarge.status_code)


def _length(request: HttpRequest) -> int:
    """What the request says; a length that is none is for whoever reads the body."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def _takes_files(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).url_name in TAKES_FILES
    except Resolver404:
        return False
