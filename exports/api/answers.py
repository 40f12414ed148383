"""Serializers of the export API's answers, as the OpenAPI document shows them.

The bodies themselves are built by `representations`.
"""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from exports.lifecycle.records import ExportStatus, Failure, Phase
from exports.requests.rules import START_BEFORE_END
from exports.requests.specs import ExportKind

STATUSES: Final = [(item.value, item.value) for item in ExportStatus]
KINDS: Final = [(item.value, item.value) for item in ExportKind]


# --- answers ------------------------------------------------------------------------------------
class LinksAnswer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="GET: how far it is.")
    delete = serializers.CharField(help_text="DELETE: cancels and removes it.")
    download = serializers.CharField(help_text="GET: the file, once completed.")
    rebuild = serializers.CharField(help_text="POST: builds it again, also when it has expired.")


class AcceptedAnswer(serializers.Serializer[Any]):
    job_id = serializers.UUIDField()
    status = serializers.CharField(help_text="Always processing.")
    message = serializers.CharField()
    estimated_completion = serializers.DateTimeField()
    links = LinksAnswer()


class ArchiveAcceptedAnswer(AcceptedAnswer):
    total_detections = serializers.IntegerField()


class ReportAnswer(serializers.Serializer[Any]):
    """A report while it lives."""

    job_id = serializers.UUIDField()
    kind = serializers.ChoiceField(KINDS)
    title = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    phase = serializers.ChoiceField([item.value for item in Phase])
    filename = serializers.CharField(allow_null=True, help_text="Null until completed.")
    download_url = serializers.CharField(allow_null=True, help_text="Null until completed.")
    file_size_bytes = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    error_code = serializers.ChoiceField([item.value for item in Failure], allow_null=True)
    error_message = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(
        allow_null=True, help_text="When it ended, well or not."
    )
    expires_at = serializers.DateTimeField()
    progress_percent = serializers.FloatField()
    queue_position = serializers.IntegerField(
        allow_null=True, help_text="Exports before it; null unless it waits."
    )
    estimated_completion = serializers.DateTimeField(allow_null=True)
    links = LinksAnswer()


class ArchiveAnswer(ReportAnswer):
    """An archive while it lives."""

    total_detections = serializers.IntegerField()
    processed_count = serializers.IntegerField()
    missing_count = serializers.IntegerField()


class UnreadableLinksAnswer(serializers.Serializer[Any]):
    delete = serializers.CharField(help_text="DELETE: removes it.")


class UnreadableAnswer(serializers.Serializer[Any]):
    """An export whose status cannot be read. It can be deleted."""

    job_id = serializers.UUIDField()
    error_code = serializers.CharField(help_text="Always unreadable.")
    error_message = serializers.CharField()
    links = UnreadableLinksAnswer()


class ListAnswer(serializers.Serializer[Any]):
    """Reports and archives together; an archive has its three counts more."""

    results = ReportAnswer(many=True)
    unreadable = UnreadableAnswer(many=True)


class ViolationAnswer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="VR-001 to VR-005, or a word such as required.")
    field = serializers.CharField(help_text="A path with dots; empty for the whole body.")
    message = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A refusal",
            value={
                "type": "about:blank",
                "title": "Bad Request",
                "status": 400,
                "detail": START_BEFORE_END,
                "instance": "/api/exports/pdf",
                "errors": [{"code": "VR-001", "field": "end_date", "message": START_BEFORE_END}],
            },
        )
    ]
)
class ProblemAnswer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = ViolationAnswer(many=True)  # type: ignore[assignment]  # a field, not .errors
