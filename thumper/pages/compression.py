"""Compression of what browsers read as text: pages, styles and scripts. Files, pictures and the API's answers go as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.middleware.gzip import GZipMiddleware

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

KINDS: Final = (
    *("text/html", "text/css", "text/javascript", "application/javascript", "image/svg"),
    "application/vnd.oai.openapi",
)
"""A part of an export is asked for by its range of bytes, and a status by its tag: both must stay what they are."""


class CompressionMiddleware(GZipMiddleware):
    """Compresses whole answers of KINDS that nothing has compressed yet."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "")
        if response.status_code != 200 or not kind.startswith(KINDS):
            return response
        return super().process_response(request, response)
