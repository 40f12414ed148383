"""Views of remembered requests: listed, cancelled, put back, and previews of requests that are not made yet."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from exports import preview
from exports.api.base_view import ExportView
from exports.api.more_answers import HistoryAnswer, PreviewAnswer, RequestAnswer
from exports.api.openapi import ALWAYS, NEW, ONE
from exports.history import keeping, standing
from exports.requests import build_spec, serializers

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from exports.models import ExportRequest


class HistoryView(ExportView):
    @extend_schema(
        operation_id="exports_history",
        summary="List what you asked for",
        description=(
            "Every export that you asked for within EXPORT_REBUILD_TTL and did not delete, the newest first: finished, "
            "failed, cancelled, and those whose file is gone. Each can be built again."
        ),
        responses={200: HistoryAnswer} | ALWAYS,
    )
    def get(self, request: Request) -> Response:
        rows = [_row(item.row) for item in standing.of_owner(self.owner_id)]
        return Response({"results": RequestAnswer(rows, many=True).data})


class CancelView(ExportView):
    @extend_schema(
        operation_id="exports_cancel",
        summary="Cancel an export",
        description="Stops what waits or runs; the request stays listed. 409 where it has ended.",
        request=None,
        responses={200: RequestAnswer} | ONE | NEW,
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        return Response(RequestAnswer(_row(keeping.cancel(job_id, self.owner_id))).data)


class RestoreView(ExportView):
    @extend_schema(
        operation_id="exports_restore",
        summary="Put a deleted request back",
        description="Undoes a deletion: the request is listed again. Its file is gone.",
        request=None,
        responses={200: RequestAnswer} | ONE,
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        return Response(RequestAnswer(_row(keeping.restore(job_id, self.owner_id))).data)


class ReportPreviewView(ExportView):
    @extend_schema(
        operation_id="exports_pdf_preview",
        summary="Preview a report",
        description="Checks a report's request and says what would be in it. Nothing is started.",
        request=serializers.ReportRequest,
        responses={200: PreviewAnswer} | NEW,
    )
    def post(self, request: Request) -> Response:
        spec = build_spec.report_spec(self.body(), timezone.localdate())
        return Response(PreviewAnswer(asdict(preview.of_report(spec))).data)


class ArchivePreviewView(ExportView):
    @extend_schema(
        operation_id="exports_zip_preview",
        summary="Preview an archive",
        description="Checks an archive's request and says what would be in it. Nothing is started.",
        request=serializers.ArchiveRequest,
        responses={200: PreviewAnswer} | NEW,
    )
    def post(self, request: Request) -> Response:
        spec = build_spec.archive_spec(self.body(), timezone.localdate())
        return Response(PreviewAnswer(asdict(preview.of_archive(spec))).data)


def _row(row: ExportRequest) -> dict[str, object]:
    fields = (
        *("job_id", "kind", "title", "state", "created_at", "ended_at", "file_until"),
        *("file_size_bytes", "missing_count", "error_code", "error", "recipients", "mailed_at"),
        "mail_error",
    )
    return {name: getattr(row, name) for name in fields} | {
        "has_file": row.has_file(timezone.now())
    }
