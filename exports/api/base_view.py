"""What all views of exports share: the life of an export told in HTTP's words."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rest_framework.exceptions import NotAuthenticated, ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from exports.api import errors, representations
from exports.api.openapi import KEY_PATTERN
from exports.lifecycle import admission, operations
from exports.lifecycle.admission import Once
from exports.lifecycle.status_reading import UnreadableStatus
from exports.requests.errors import Refused
from exports.requests.rules import INVALID, Violation

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from exports.lifecycle.records import ExportRecord
    from exports.requests.specs import ArchiveSpec, ExportKind, ReportSpec

TOO_DEEP: Final = "The JSON is nested too deeply."
_KEY: Final = re.compile(KEY_PATTERN)


class ExportView(APIView):
    """What all of them share: JSON, and the life of an export told in HTTP's words."""

    renderer_classes = [JSONRenderer]

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case operations.ExportNotFound():
                exc = errors.ExportGone()
            case UnreadableStatus():
                exc = errors.StatusUnreadable()
            case admission.KeyReused():
                exc = errors.KeyReused()
            case admission.KeySpent():
                exc = errors.KeyReused(errors.KEY_SPENT)
            case admission.TooManyRunning():
                exc = errors.TooMany(errors.TOO_MANY_RUNNING, exc.wait)
            case admission.TooManyStarted():
                exc = errors.TooMany(errors.TOO_MANY_STARTED, exc.wait)
            case operations.DiskFull():
                exc = errors.InsufficientStorage()
        return super().handle_exception(exc)

    @property
    def owner_id(self) -> int:
        owner_id = self.request.user.pk
        if owner_id is None:
            raise NotAuthenticated
        return owner_id

    def body(self) -> Any:
        try:
            return self.request.data
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error

    def start(self, submit: Callable[[Once | None], ExportRecord], asked: Any) -> Response:
        """202 with the export that `submit` makes of `asked`, or with the first answer to the same key."""
        once = self._once(asked)
        record = operations.replay(self.owner_id, once) if once else None
        return self.accepted(record or submit(once))

    def submit(self, spec: ReportSpec | ArchiveSpec, once: Once | None) -> ExportRecord:
        mail_to = self.mail_address if operations.wants_mail(spec) else ""
        return operations.submit(spec, self.owner_id, mail_to=mail_to, once=once)

    @property
    def mail_address(self) -> str:
        return getattr(self.request.user, "email", "")

    def accepted(self, record: ExportRecord) -> Response:
        headers = {
            "Location": representations.status_url(record),
            "Retry-After": str(poll_after(record)),
        }
        return Response(representations.accepted(record), status=202, headers=headers)

    def _once(self, asked: Any) -> Once | None:
        """The Idempotency-Key with what it came with. Raises Refused where it is no key."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not _KEY.fullmatch(key):
            raise Refused((Violation(INVALID, "Idempotency-Key", errors.KEY_INVALID),))
        return Once(key, admission.digest([self.request.path, asked]))

    def live(self, job_id: UUID, kind: ExportKind) -> Response:
        export = operations.current(job_id, self.owner_id, kind)
        body = representations.live(export)
        etag = f'"{hashlib.sha256(JSONRenderer().render(body)).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if export.record.is_processing:
            headers["Retry-After"] = str(poll_after(export.record))
        if _matches(self.request.headers.get("If-None-Match", ""), etag):
            return Response(status=304, headers=headers)
        return Response(body, headers=headers)


def poll_after(record: ExportRecord) -> int:
    return representations.poll_after(record, datetime.now(UTC))


def _matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
