"""Endpoints of surveys: each parses its request, calls `analysis.surveys.services`, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from analysis.api.surveys import serializers as shapes
from analysis.surveys import services
from analysis.surveys.collect import SurveyProblem
from analysis.surveys.material import Basis
from reid.api.problems import ReviewProblem
from reid.api.store import StoreViewSet, described
from reid.models import Survey

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from reid.api.filters import ListQuery

NO_STORE = {"Cache-Control": "no-store"}
REFUSED = {400: OpenApiResponse(ReviewProblem, "No survey can be made of this; detail says why.")}
MISSING = {404: OpenApiResponse(ReviewProblem, "There is no such survey.")}


@described(
    plural="surveys",
    singular="a survey",
    about="A survey is a period with its cameras, frozen as the store had it, for an estimate of how many deer there are.",
)
class SurveyViewSet(StoreViewSet):
    """Periods with their cameras, for estimates of how many deer there are."""

    queryset = Survey.objects.select_related("made_by").defer("frozen")
    serializer_class = shapes.SurveySerializer
    query_class = shapes.SurveyQuery
    cursor_ordering = ("-start",)

    def query(self) -> ListQuery | None:
        return super().query() if self.action == "list" else None

    def get_queryset(self) -> QuerySet[Survey]:
        rows: QuerySet[Survey] = super().get_queryset()
        return rows.defer("frozen", "result") if self.action == "list" else rows

    @extend_schema(responses={200: shapes.SurveyDetailSerializer} | MISSING)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(_detail(self.get_object()), headers=NO_STORE)

    @extend_schema(
        summary="Make a survey",
        description="Freezes what the cameras of the period saw. What is corrected later changes no survey.",
        request=shapes.MakeSurveyRequest,
        responses={201: shapes.SurveyDetailSerializer} | REFUSED,
    )
    def create(self, request: Request) -> Response:
        body = shapes.MakeSurveyRequest(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data | {"basis": Basis(body.validated_data["basis"])}
        by = request.user if isinstance(request.user, User) else None
        try:
            survey = services.make(**wanted, by=by)
        except SurveyProblem as problem:
            raise ValidationError(str(problem)) from problem
        where = reverse("survey-detail", args=[survey.pk])
        return Response(_detail(survey), status=201, headers={"Location": where})

    @extend_schema(
        summary="Delete a survey",
        description="With its audits and its result. Deer and photographs stay.",
        responses={204: None} | MISSING,
    )
    def destroy(self, request: Request, pk: str) -> Response:
        services.delete(self.get_object())
        return Response(status=204)

    @extend_schema(
        summary="Estimate a survey",
        description=(
            "Queues the estimates; a worker computes them. Ask for the survey until its state is ready or failed. An audit that "
            "was closed since makes other intervals, so that it may be asked for again."
        ),
        request=None,
        responses={202: shapes.SurveyDetailSerializer} | MISSING,
    )
    @action(detail=True, methods=["post"])
    def estimate(self, request: Request, pk: str) -> Response:
        survey = self.get_object()
        services.request_estimate(survey)
        return Response(_detail(survey), status=202, headers=NO_STORE)


def _detail(survey: Survey) -> dict[str, Any]:
    state, problem = services.state_of(survey)
    shown = dict(shapes.SurveyDetailSerializer(survey).data)
    return shown | {"state": state.value, "problem": problem}
