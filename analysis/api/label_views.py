"""Endpoint of the questions about doubtful labels. They are answered by the review endpoints, and undone by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.api.label_serializers import LabelsPage, LabelsRequest
from analysis.labels.questions import ask
from analysis.score_log.sighting_log import read_labels
from reid.api.problems import ReviewProblem
from reid.models import Scorer

if TYPE_CHECKING:
    from rest_framework.request import Request


class LabelsView(APIView):
    query = LabelsRequest

    @extend_schema(
        operation_id="review_labels",
        summary="List labels in doubt",
        description=(
            "Sightings whose scores speak for another deer than they bear, and pairs of deer that look like one, by the "
            "active scorer, the most evident first. They are hints: a person looks at the pictures and decides. What was "
            "held to be right, or to be two deer, is not asked again."
        ),
        responses={
            200: LabelsPage,
            400: OpenApiResponse(
                ReviewProblem, "The request makes no sense; each error says where."
            ),
        },
    )
    def get(self, request: Request) -> Response:
        params = self.query().read(request.query_params)
        scorer = Scorer.objects.active()
        page = {"twins": [], "labels": [], "all_twins": 0, "all_labels": 0, "scorer": None}
        if scorer is not None:
            asked = ask(read_labels(scorer), scorer, params["count"])
            page = {
                "twins": asked.twins,
                "labels": asked.labels,
                "all_twins": asked.all_twins,
                "all_labels": asked.all_labels,
                "scorer": scorer,
            }
        return Response(LabelsPage(page).data, headers={"Cache-Control": "no-store"})
