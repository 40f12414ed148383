"""Parser of JSON bodies that reads JSON_MAX_BYTES and no more, and refuses what is no request."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any, Final

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TOO_LARGE: Final = "The body is too large: send at most {limit:,} bytes."
TOO_DEEP: Final = "The body is nested too deeply: send at most {limit} levels of JSON."
TOO_MANY_NAMES: Final = "An object of the body has too many names: send at most {limit:,}."
MOST_LEVELS: Final = 32
MOST_NAMES: Final = 1_000


class BodyTooLarge(APIException):
    """413: nothing beyond the limit was read."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class BoundedJSONParser(JSONParser):
    """DRF reads a JSON body whole, whatever it is; this one stops at JSON_MAX_BYTES, and refuses what is no request."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body as Python values. Raises BodyTooLarge and ParseError."""
        body = stream.read(settings.JSON_MAX_BYTES + 1)
        if len(body) > settings.JSON_MAX_BYTES:
            raise BodyTooLarge(TOO_LARGE.format(limit=settings.JSON_MAX_BYTES))
        try:
            data = super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError(TOO_DEEP.format(limit=MOST_LEVELS)) from error
        _require_plain(data)
        return data


def _require_plain(data: Any) -> None:
    """Refuse depth that code behind would fail at, and floods of names each of which it would answer."""
    level = [data]
    for _ in range(MOST_LEVELS):
        if any(isinstance(value, dict) and len(value) > MOST_NAMES for value in level):
            raise ParseError(TOO_MANY_NAMES.format(limit=MOST_NAMES))
        level = [
            inner for value in level for inner in _inside(value) if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ParseError(TOO_DEEP.format(limit=MOST_LEVELS))


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
