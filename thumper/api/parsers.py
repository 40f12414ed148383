"""Parser of JSON bodies that reads JSON_MAX_BYTES and no more."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any, Final

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser

if TYPE_CHECKING:
    from collections.abc import Mapping

TOO_LARGE: Final = "The body is too large: send at most {limit:,} bytes of JSON."


class BodyTooLarge(APIException):
    """413: nothing beyond the limit was read."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class BoundedJSONParser(JSONParser):
    """DRF reads a JSON body whole, whatever its length; this one stops at JSON_MAX_BYTES."""

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
        return super().parse(io.BytesIO(body), media_type, parser_context)
