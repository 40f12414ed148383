"""Views of the export API: each one parses, calls `lifecycle.operations`, and answers with the record."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from exports.api import answers, downloads, errors, representations
from exports.api.base_view import ExportView, poll_after
from exports.api.openapi import ALWAYS, BUSY, FILE, KEY, NEW, NUMBERS, ONE
from exports.history import keeping
from exports.lifecycle import operations, records, storage
from exports.lifecycle.errors import ExportNotFound
from exports.lifecycle.records import ExportStatus
from exports.report.surveys import files
from exports.requests import build_spec, serializers
from exports.requests.specs import ExportKind
from reid.models import Survey

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpResponseBase
    from rest_framework.request import Request

    from exports.lifecycle.records import ExportRecord


class ReportCreateView(ExportView):
    @extend_schema(
        operation_id="exports_pdf_create",
        summary="Start a PDF report",
        description=(
            "Queues a report and answers 202 with where to ask for its status. Everything that is wrong with the "
            "request is answered at once, and nothing is queued then. The same request again, while the first "
            "one runs, is answered with the export that runs."
        ),
        parameters=[KEY],
        request=serializers.ReportRequest,
        responses={202: answers.AcceptedAnswer} | NEW,
    )
    def post(self, request: Request) -> Response:
        body = self.body()
        once = self.once(body)
        record = keeping.replay(self.owner_id, once) or keeping.submit(
            build_spec.report_spec(body, _today()), self.owner_id, self.mail_address, once
        )
        return self.accepted(record)


class ArchiveCreateView(ExportView):
    @extend_schema(
        operation_id="exports_zip_create",
        summary="Start a ZIP archive",
        description=(
            "Queues an archive of crops with metadata.csv, or a Camtrap DP package, and answers 202 with where to "
            "ask for its status. Name the detections by their ids, or by a filter. What cannot be included is "
            "listed in the archive's manifest.json with the reason."
        ),
        parameters=[KEY],
        request=serializers.ArchiveRequest,
        responses={202: answers.ArchiveAcceptedAnswer} | NEW,
    )
    def post(self, request: Request) -> Response:
        body = self.body()
        once = self.once(body)
        record = keeping.replay(self.owner_id, once) or keeping.submit(
            build_spec.archive_spec(body, _today()), self.owner_id, self.mail_address, once
        )
        return self.accepted(record)


class RebuildView(ExportView):
    @extend_schema(
        operation_id="exports_rebuild",
        summary="Build an export again",
        description=(
            "Starts the export anew with the days and the detections of its first request, which is kept for "
            "EXPORT_REBUILD_TTL (30 days), also when the export has failed or expired. One that still runs is "
            "answered with as it is."
        ),
        parameters=[KEY],
        request=None,
        responses={202: answers.AcceptedAnswer} | ONE | BUSY,
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        once = self.once(None)
        record = keeping.replay(self.owner_id, once) or keeping.resubmit(
            job_id, self.owner_id, self.mail_address, once
        )
        return self.accepted(record)


class ReportStatusView(ExportView):
    @extend_schema(
        operation_id="exports_pdf_status",
        summary="Get the status of a report",
        description=(
            "How far the report is, and where its file is once it is completed. Retry-After says when to ask again, "
            "and If-None-Match with the ETag of the last answer is answered 304 while nothing has changed."
        ),
        responses={200: answers.ReportAnswer, 304: None} | ONE,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        return self.live(job_id, ExportKind.PDF)


class ArchiveStatusView(ExportView):
    @extend_schema(
        operation_id="exports_zip_status",
        summary="Get the status of an archive",
        description=(
            "How far the archive is, how many detections it misses, and where its file is once it is completed. "
            "Retry-After and ETag are used as for a report."
        ),
        responses={200: answers.ArchiveAnswer, 304: None} | ONE,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        return self.live(job_id, ExportKind.ZIP)


class ExportListView(ExportView):
    @extend_schema(
        operation_id="exports_list",
        summary="List your exports",
        description=(
            "Your reports and archives that have not expired, the newest first. Those whose status cannot be read "
            "are listed apart, so that they can be deleted."
        ),
        responses={200: answers.ListAnswer} | ALWAYS,
    )
    def get(self, request: Request) -> Response:
        exports = operations.of_owner(self.owner_id)
        waits = [poll_after(item.record) for item in exports.live if item.record.is_processing]
        headers = {"Retry-After": str(min(waits))} if waits else {}
        body = {
            "results": [representations.live(export) for export in exports.live],
            "unreadable": [representations.unreadable(job_id) for job_id in exports.unreadable],
        }
        return Response(body, headers=headers)


class ExportDeleteView(ExportView):
    @extend_schema(
        operation_id="exports_delete",
        summary="Delete an export",
        description="Cancels the export where it waits or runs, and removes its status, its request and its file.",
        responses={204: None} | ONE,
    )
    def delete(self, request: Request, job_id: UUID) -> Response:
        keeping.forget(job_id, self.owner_id)
        return Response(status=204)


class DownloadView(ExportView):
    @extend_schema(
        operation_id="exports_download",
        summary="Download the file of an export",
        description=(
            "The file of a completed export, as an attachment that is named after its title. A part of it is "
            "served where Range asks for one. 409 while the export is not completed."
        ),
        parameters=[OpenApiParameter("Range", str, OpenApiParameter.HEADER)],
        responses={
            (status, media_type): OpenApiTypes.BINARY
            for status in (200, 206)
            for media_type in records.MEDIA_TYPES.values()
        }
        | FILE,
    )
    def get(self, request: Request, filename: str) -> HttpResponseBase:
        job_id, kind = _parse_filename(filename)
        record = operations.current(job_id, self.owner_id, kind).record
        _require_file(record)
        try:
            file = storage.open_file(job_id, str(record.attempt), kind)
        except FileNotFoundError as error:
            raise ExportNotFound from error
        wanted, condition = (request.headers.get(name, "") for name in ("Range", "If-Range"))
        return downloads.file_response(record, file, wanted, condition)


class SurveyFileView(ExportView):
    @extend_schema(
        operation_id="exports_survey_file",
        summary="Download numbers of a survey",
        description=(
            "The numbers of a survey's report, as they are now: survey.json is the document of its estimates; estimates.csv has a "
            "row an estimator and class, histories.csv a row a deer, effort.csv a row a camera. 409 while there are no estimates."
        ),
        parameters=[
            OpenApiParameter(
                "filename", {"type": "string", "enum": list(files.NAMES)}, OpenApiParameter.PATH
            )
        ],
        responses={
            (200, media_type): OpenApiTypes.BINARY
            for media_type in (files.JSON_TYPE, files.CSV_TYPE)
        }
        | NUMBERS,
    )
    def get(self, request: Request, survey: UUID, filename: str) -> HttpResponse:
        row = Survey.objects.defer("frozen").filter(pk=survey).first()
        if row is None or filename not in files.NAMES:
            raise NotFound
        if row.result is None:
            raise errors.NotReady(errors.NO_ESTIMATES)
        media_type, text = files.written(filename, row.result)
        name = f"{row.name} {filename}"
        headers = {
            "Content-Disposition": str(content_disposition_header(True, name)),
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(text, content_type=media_type, headers=headers)


def _require_file(record: ExportRecord) -> None:
    """Raises NotReady unless the export is completed."""
    if record.is_processing:
        raise errors.NotReady(errors.NOT_READY, {"Retry-After": str(poll_after(record))})
    if record.status is ExportStatus.FAILED:
        raise errors.NotReady(errors.HAS_FAILED)


def _today() -> date:
    return timezone.localdate(timezone=timezone.get_default_timezone())


def _parse_filename(filename: str) -> tuple[UUID, ExportKind]:
    """`{job_id}.{pdf|zip}`. Raises ExportNotFound for any other name."""
    stem, _, ending = filename.rpartition(".")
    try:
        job_id, kind = UUID(stem), ExportKind(ending)
    except ValueError as error:
        raise ExportNotFound from error
    if filename != f"{job_id}.{kind.value}":  # UUID() reads other spellings too
        raise ExportNotFound
    return job_id, kind
