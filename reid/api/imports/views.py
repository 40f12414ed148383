"""Views of imports: the list, one import with its problems, and its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from reid import models
from reid.api import filters
from reid.api.imports import serializers
from reid.api.problems import ReviewProblem, ReviewViolation
from reid.api.review_views import REFUSALS, ReviewerView
from reid.api.store import StoreViewSet, described
from reid.import_undo.undo import UndoRefused, UnknownImport, undo

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


@described(
    plural="imports",
    singular="an import",
    about="An import is one reading of a file or folder into the store: who did it, when, with which settings, what it counted, and whether it was undone.",
)
class ImportViewSet(StoreViewSet):
    """What was imported, by whom, and how it ended."""

    queryset = models.Import.objects.select_related("actor", "undone_by")
    serializer_class = serializers.ImportSerializer
    query_class = serializers.ImportQuery
    cursor_ordering = ("-started_at",)

    def get_serializer_class(self) -> type[Any]:
        """One import is shown with its first problems."""
        if self.action == "retrieve":
            return serializers.ImportDetailSerializer
        return super().get_serializer_class()

    @extend_schema(
        summary="List the problems of an import",
        description="Everything that this import refused or found suspicious, with its place in the source, in pages.",
        responses=serializers.ProblemSerializer(many=True),
    )
    @action(
        detail=True,
        serializer_class=serializers.ProblemSerializer,
        query_class=filters.ListQuery,
    )
    def problems(self, request: Request, pk: str) -> Response:
        """Everything that it refused or found suspicious, in the order of its source."""
        return self.answer_with(self.get_object().problems.all(), "pk")


class ImportConflictProblem(APIException):
    """409: the import was used since, or cannot be undone now; `errors` lists by whom and how."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, refused: UndoRefused) -> None:
        super().__init__(str(refused), "conflict")
        listed = tuple(
            ReviewViolation("conflict", f"{one.model}.{one.id}", one.text, by=one.by, at=one.at)
            for one in refused.conflicts[: serializers.PROBLEMS_SHOWN]
        )
        self.errors = listed or (ReviewViolation("conflict", "", str(refused)),)


class ImportUndoView(ReviewerView):
    """Undo of one import."""

    @extend_schema(
        operation_id="imports_undo",
        summary="Undo an import",
        description=(
            "Takes back all that the import brought and changed, as a whole. Refused where people or later imports "
            "have used something of it since; each error names what and by whom. With keep_used those things stay "
            "and the rest goes. With dry_run nothing is changed and the answer says what would be."
        ),
        request=serializers.UndoImportRequest,
        responses={
            200: serializers.UndoReportSerializer,
            400: REFUSALS[400],
            404: OpenApiResponse(ReviewProblem, "There is no such import."),
            409: OpenApiResponse(ReviewProblem, "It was used since, or still runs."),
        },
    )
    def post(self, request: Request, key: UUID) -> Response:
        body = serializers.UndoImportRequest(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            report = undo(key, actor=self.reviewer, **body.validated_data)
        except UnknownImport as error:
            raise Http404 from error
        except UndoRefused as refused:
            raise ImportConflictProblem(refused) from refused
        return Response(serializers.UndoReportSerializer(report).data)
