"""Serializers of imports: the record, its problems, and what an undo did."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from reid.api import filters
from reid.api.query import OneOfField, StrictBody
from reid.api.serializers import UndoableSerializer
from reid.models import Import, ImportProblem

PROBLEMS_SHOWN: Final = 100


class ImportQuery(filters.ListQuery):
    kind = OneOfField(Import.Kind.choices)
    state = OneOfField(Import.State.choices)
    search = filters.SearchField("source")


class ProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    class Meta:
        model = ImportProblem
        fields = ("id", "severity", "line", "path", "reason", "text")


class ImportSerializer(UndoableSerializer[Import]):
    actor = serializers.CharField(
        source="actor.username", default=None, allow_null=True, read_only=True
    )
    broken_off = serializers.BooleanField(
        source="is_broken_off",
        read_only=True,
        help_text="It was killed while it ran: what it stored is whole batches, and can be undone.",
    )

    class Meta:
        model = Import
        fields: tuple[str, ...] = (
            *("id", "kind", "source", "source_format", "actor", "state", "broken_off"),
            *("started_at", "finished_at", "options", "counts", "error", "operation"),
            *("undone_at", "undone_by"),
        )


class ImportDetailSerializer(ImportSerializer):
    problems = serializers.SerializerMethodField(
        help_text=f"The first {PROBLEMS_SHOWN}; all of them are under problems of the import."
    )

    class Meta(ImportSerializer.Meta):
        fields: tuple[str, ...] = (*ImportSerializer.Meta.fields, "problems")

    def get_problems(self, record: Import) -> list[dict[str, Any]]:
        rows = record.problems.all()[:PROBLEMS_SHOWN]
        return list(ProblemSerializer(rows, many=True).data)


@extend_schema_serializer(
    examples=[OpenApiExample("A request", value={"keep_used": True}, request_only=True)]
)
class UndoImportRequest(StrictBody):
    keep_used = serializers.BooleanField(
        default=False,
        help_text="Keep what people or later imports have used since, and undo the rest.",
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="Change nothing: only say what would go, and what would be kept."
    )


class ConflictSerializer(serializers.Serializer[Any]):
    """One thing that was used since, and by whom."""

    model = serializers.CharField()
    id = serializers.UUIDField()
    text = serializers.CharField()
    by = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)


class UndoReportSerializer(serializers.Serializer[Any]):
    """What an undo took away and gave back, or would."""

    detections = serializers.IntegerField()
    images = serializers.IntegerField()
    deer = serializers.IntegerField()
    cameras = serializers.IntegerField()
    deployments = serializers.IntegerField(help_text="And outages.")
    restored = serializers.IntegerField(
        help_text="Fields of stored rows that got their old values."
    )
    files = serializers.IntegerField(help_text="Copies of photographs that are deleted.")
    kept = serializers.IntegerField(help_text="Detections and photographs that were used since.")
    conflicts = ConflictSerializer(many=True)
    dry_run = serializers.BooleanField()
