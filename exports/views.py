"""The export API: each view parses, asks `lifecycle`, and says what it was told."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotAuthenticated, ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from exports import (
    admission,
    downloads,
    errors,
    lifecycle,
    representations,
    requests,
    serializers,
    storage,
)
from exports.admission import Once
from exports.records import Status
from exports.rules import INVALID, Violation
from exports.specs import ExportKind
from exports.status_reading import UnreadableStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from django.http import HttpResponseBase
    from rest_framework.request import Request

    from exports.records import ExportRecord
    from exports.specs import ArchiveSpec, ReportSpec

PROBLEM = serializers.ProblemAnswer
_ALWAYS = {503: OpenApiResponse(PROBLEM, "The job queue does not answer; see Retry-After.")}
_ONE = {404: OpenApiResponse(PROBLEM, errors.NOT_FOUND)} | _ALWAYS
_BUSY = {
    409: OpenApiResponse(PROBLEM, errors.KEY_REUSED),
    429: OpenApiResponse(PROBLEM, "Too many exports run or were started; see Retry-After."),
    507: OpenApiResponse(PROBLEM, errors.DISK_FULL),
}
_NEW = {400: OpenApiResponse(PROBLEM, "Every rule that the request breaks.")} | _BUSY | _ALWAYS
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="For a day, the same request with the same key is given the first answer again.",
)
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
TOO_DEEP = "The JSON is nested too deeply."


class ExportView(APIView):
    """What all of them share: JSON, and the life of an export told in HTTP's words."""

    renderer_classes = [JSONRenderer]

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case lifecycle.ExportNotFound():
                exc = errors.ExportGone()
            case UnreadableStatus():
                exc = errors.StatusUnreadable()
            case admission.KeyReused():
                exc = errors.KeyReused()
            case admission.TooManyRunning():
                exc = errors.TooMany(errors.TOO_MANY_RUNNING, exc.wait)
            case admission.TooManyStarted():
                exc = errors.TooMany(errors.TOO_MANY_STARTED, exc.wait)
            case lifecycle.DiskFull():
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
        record = lifecycle.replay(self.owner_id, once) if once else None
        return self.accepted(record or submit(once))

    def submit(self, spec: ReportSpec | ArchiveSpec, once: Once | None) -> ExportRecord:
        mail_to = self.mail_address if lifecycle.wants_mail(spec) else ""
        return lifecycle.submit(spec, self.owner_id, mail_to=mail_to, once=once)

    @property
    def mail_address(self) -> str:
        return getattr(self.request.user, "email", "")

    def accepted(self, record: ExportRecord) -> Response:
        headers = {
            "Location": representations.status_url(record),
            "Retry-After": str(_poll_after(record)),
        }
        return Response(representations.accepted(record), status=202, headers=headers)

    def _once(self, asked: Any) -> Once | None:
        """The Idempotency-Key with what it came with. Raises Refused where it is no key."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not _KEY.fullmatch(key):
            raise errors.Refused((Violation(INVALID, "Idempotency-Key", errors.KEY_INVALID),))
        return Once(key, admission.digest([self.request.path, asked]))

    def live(self, job_id: UUID, kind: ExportKind) -> Response:
        export = lifecycle.current(job_id, self.owner_id, kind)
        body = representations.live(export)
        etag = f'"{hashlib.sha256(JSONRenderer().render(body)).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if export.record.is_processing:
            headers["Retry-After"] = str(_poll_after(export.record))
        if _matches(self.request.headers.get("If-None-Match", ""), etag):
            return Response(status=304, headers=headers)
        return Response(body, headers=headers)


class ReportCreateView(ExportView):
    @extend_schema(
        operation_id="exports_pdf_create",
        summary="Start a PDF report",
        parameters=[KEY],
        request=serializers.ReportRequest,
        responses={202: serializers.AcceptedAnswer} | _NEW,
    )
    def post(self, request: Request) -> Response:
        body = self.body()
        return self.start(
            lambda once: self.submit(requests.report_spec(body, _today()), once), body
        )


class ArchiveCreateView(ExportView):
    @extend_schema(
        operation_id="exports_zip_create",
        summary="Start a ZIP archive",
        parameters=[KEY],
        request=serializers.ArchiveRequest,
        responses={202: serializers.ArchiveAcceptedAnswer} | _NEW,
    )
    def post(self, request: Request) -> Response:
        body = self.body()
        return self.start(
            lambda once: self.submit(requests.archive_spec(body, _today()), once), body
        )


class RebuildView(ExportView):
    @extend_schema(
        operation_id="exports_rebuild",
        summary="Build an export again from what was asked for then",
        description=(
            "The request is kept for EXPORT_REBUILD_TTL (7 days), also when the export has failed or expired: "
            "the same days and the same detections. One that still runs is answered with as it is."
        ),
        parameters=[KEY],
        request=None,
        responses={202: serializers.AcceptedAnswer} | _ONE | _BUSY,
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        return self.start(
            lambda once: lifecycle.resubmit(
                job_id, self.owner_id, mail_to=self.mail_address, once=once
            ),
            None,
        )


class ReportStatusView(ExportView):
    @extend_schema(
        operation_id="exports_pdf_status",
        summary="How far a report is",
        responses={200: serializers.ReportAnswer, 304: None} | _ONE,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        return self.live(job_id, ExportKind.PDF)


class ArchiveStatusView(ExportView):
    @extend_schema(
        operation_id="exports_zip_status",
        summary="How far an archive is",
        responses={200: serializers.ArchiveAnswer, 304: None} | _ONE,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        return self.live(job_id, ExportKind.ZIP)


class ExportListView(ExportView):
    @extend_schema(
        operation_id="exports_list",
        summary="Your live exports, newest first",
        responses={200: serializers.ListAnswer} | _ALWAYS,
    )
    def get(self, request: Request) -> Response:
        exports = lifecycle.of_owner(self.owner_id)
        waits = [_poll_after(item.record) for item in exports if item.record.is_processing]
        headers = {"Retry-After": str(min(waits))} if waits else {}
        body = {"results": [representations.live(export) for export in exports]}
        return Response(body, headers=headers)


class ExportDeleteView(ExportView):
    @extend_schema(
        operation_id="exports_delete",
        summary="Cancel and remove an export",
        responses={204: None} | _ONE,
    )
    def delete(self, request: Request, job_id: UUID) -> Response:
        lifecycle.withdraw(job_id, self.owner_id)
        return Response(status=204)


class DownloadView(ExportView):
    @extend_schema(
        operation_id="exports_download",
        summary="The file of a completed export",
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER)],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
            409: OpenApiResponse(PROBLEM, "Not ready, or failed."),
            416: OpenApiResponse(PROBLEM, errors.RANGE_OUTSIDE),
        }
        | _ONE,
    )
    def get(self, request: Request, filename: str) -> HttpResponseBase:
        job_id, kind = _parse_filename(filename)
        record = lifecycle.current(job_id, self.owner_id, kind).record
        _require_file(record)
        try:
            file = storage.open_file(job_id, str(record.attempt), kind)
        except FileNotFoundError as error:
            raise errors.ExportGone from error
        wanted, condition = (request.headers.get(name, "") for name in ("Range", "If-Range"))
        return downloads.file_response(record, file, wanted, condition)


def _require_file(record: ExportRecord) -> None:
    """Raises NotReady unless the export is completed."""
    if record.is_processing:
        raise errors.NotReady(errors.NOT_READY, {"Retry-After": str(_poll_after(record))})
    if record.status is Status.FAILED:
        raise errors.NotReady(errors.HAS_FAILED)


def _today() -> date:
    return timezone.localdate(timezone=timezone.get_default_timezone())


def _poll_after(record: ExportRecord) -> int:
    return representations.poll_after(record, datetime.now(UTC))


def _matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags


def _parse_filename(filename: str) -> tuple[UUID, ExportKind]:
    """`{job_id}.{pdf|zip}`. Raises ExportNotFound for any other name."""
    stem, _, ending = filename.rpartition(".")
    try:
        job_id, kind = UUID(stem), ExportKind(ending)
    except ValueError as error:
        raise lifecycle.ExportNotFound from error
    if filename != f"{job_id}.{kind.value}":  # UUID() reads other spellings too
        raise lifecycle.ExportNotFound
    return job_id, kind
