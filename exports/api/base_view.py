"""The base view of exports: who asks, the Idempotency-Key, and the answers that several views give."""

from __future__ import annotations

import hashlib
import logging
import re
from typing import TYPE_CHECKING, Any, Final

from rest_framework.exceptions import NotAuthenticated, ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from exports import counters
from exports.api import representations
from exports.api.errors import KEY_INVALID
from exports.api.openapi import KEY_PATTERN
from exports.lifecycle import admission, operations, status
from exports.lifecycle.admission import Once
from exports.requests.errors import RequestRefused
from exports.requests.rules import INVALID, RuleViolation
from reid.db import shared_clock

if TYPE_CHECKING:
    from uuid import UUID

    from exports.lifecycle.records import ExportRecord
    from exports.requests.specs import ExportKind

logger = logging.getLogger(__name__)

TOO_DEEP: Final = "The JSON is nested too deeply."
_KEY: Final = re.compile(KEY_PATTERN)


class ExportView(APIView):
    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, RequestRefused):
            codes = ", ".join(violation.code for violation in exc.errors)
            logger.info("%s %s refused: %s", self.request.method, self.request.path, codes)
            counters.refused(status.store().client, [violation.code for violation in exc.errors])
        return super().handle_exception(exc)

    @property
    def owner_id(self) -> int:
        owner_id = self.request.user.pk
        if owner_id is None:
            raise NotAuthenticated
        return owner_id

    @property
    def mail_address(self) -> str:
        return getattr(self.request.user, "email", "")

    def body(self) -> Any:
        try:
            return self.request.data
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error

    def once(self, body: Any) -> Once | None:
        """The Idempotency-Key with the request that it came with. Raises RequestRefused where it is no key."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not _KEY.fullmatch(key):
            raise RequestRefused((RuleViolation(INVALID, "Idempotency-Key", KEY_INVALID),))
        return Once(key, admission.digest([self.request.path, body]))

    def accepted(self, record: ExportRecord) -> Response:
        headers = {
            "Location": representations.status_url(record),
            "Retry-After": str(poll_after(record)),
        }
        return Response(representations.accepted(record), status=202, headers=headers)

    def live(self, job_id: UUID, kind: ExportKind) -> Response:
        export = operations.current(job_id, self.owner_id, kind)
        body = representations.live(export)
        headers = {"Cache-Control": "private, no-cache"}
        if export.record.is_processing:
            headers["Retry-After"] = str(poll_after(export.record))
        if isinstance(
            self.request.accepted_renderer, JSONRenderer
        ):  # an HTML page is not the same bytes
            headers["ETag"] = f'"{hashlib.sha256(JSONRenderer().render(body)).hexdigest()[:32]}"'
            if _matches(self.request.headers.get("If-None-Match", ""), headers["ETag"]):
                return Response(status=304, headers=headers)
        return Response(body, headers=headers)


def poll_after(record: ExportRecord) -> int:
    return representations.poll_after(record, shared_clock.now())


def _matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
