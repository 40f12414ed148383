"""Endpoints of thresholds: list and detail with evidence, what-if, proposal, and the acts of a person.

The same functions as the page, the admin and `test_reid_thresholds`. What reads the whole log is read by a worker:
the response is 202 until it is done, and the same request again gets the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.api import threshold_serializers as shapes
from analysis.api.scorer_requests import asked_scorer
from analysis.reports.changes import summary
from analysis.score_log.session import AnalysisError
from analysis.thresholds import acts, queued_answers
from analysis.thresholds.acts import Verb
from analysis.thresholds.queued_answers import State
from reid.api.people import signed_in
from reid.api.problems import ReviewProblem, ReviewViolation
from reid.api.store import StoreViewSet, described
from reid.identifying import thresholds
from reid.identifying.approval import ApprovalRefused
from reid.models import Threshold
from reid.reviewing import ReviewError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from rest_framework.request import Request

MAY_NOT_PROPOSE: Final = "Proposing a threshold takes the right to add thresholds."
MAY_NOT_DECIDE: Final = "Deciding on a threshold takes the right to change thresholds."
RETRY_SECONDS: Final = 2
_NO_STORE: Final = {"Cache-Control": "no-store"}
_LATER: Final = _NO_STORE | {"Retry-After": str(RETRY_SECONDS)}
_CONFLICT: Final = OpenApiResponse(
    ReviewProblem,
    "What was proven no longer holds, or something else stands in the way; detail says what.",
)


class ThresholdRefused(APIException):
    """A refused act, with its reason in one sentence."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "conflict")
        self.errors = (ReviewViolation("conflict", "", reason),)


class _MayPropose(BasePermission):
    message = MAY_NOT_PROPOSE

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.has_perm("reid.add_threshold")


class _MayDecide(BasePermission):
    """As in the admin: one who may only look at thresholds puts none in force."""

    message = MAY_NOT_DECIDE

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.has_perm("reid.change_threshold")


@described(
    plural="thresholds",
    singular="a threshold",
    about="A threshold is the score at or above which a run gives a sighting its deer. "
    "It comes with its evidence, and with whether that still holds.",
)
class ThresholdViewSet(StoreViewSet):
    """Every threshold ever proposed, newest first, with its evidence and whether that still holds."""

    queryset = Threshold.objects.select_related("scorer", "approved_by")
    serializer_class = shapes.ThresholdSerializer
    query_class = shapes.ThresholdQuery
    cursor_ordering = ("-proposed_at",)

    def get_serializer_context(self) -> dict[str, Any]:
        context = {**super().get_serializer_context()}
        if getattr(self, "swagger_fake_view", False):  # the API's description needs no database
            return context
        return {**context, "now": thresholds.Now.read()}


class _ThresholdView(APIView):
    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, AnalysisError | ApprovalRefused | ReviewError):
            exc = ThresholdRefused(str(exc))
        return super().handle_exception(exc)


class WhatIfThresholdView(_ThresholdView):
    query = shapes.WhatIfQuery

    @extend_schema(
        operation_id="thresholds_what_if",
        summary="Count what a threshold would change",
        description=(
            "Sightings and detections by what would become of them under this threshold; nothing is changed. "
            "A worker counts: until it has, the answer is 202, and the same request again gets the counts."
        ),
        responses={200: shapes.WhatIfAnswer, 202: shapes.WhatIfAnswer, 409: _CONFLICT},
    )
    def get(self, request: Request) -> Response:
        parameters = self.query().read(request.query_params)
        units = None if parameters["threshold"] == shapes.NONE else parameters["threshold"]
        answer = queued_answers.what_if(asked_scorer(parameters), units)
        document = {
            "state": answer.state.value,
            "counts": answer.result,
            "summary": summary(answer.result) if answer.result else [],
            "refused": answer.refused,
            "computed_at": answer.computed_at,
            "seconds": answer.seconds,
        }
        payload = shapes.WhatIfAnswer(document).data
        if answer.state is State.WAITING:
            return Response(payload, status=202, headers=_LATER)
        return Response(payload, headers=_NO_STORE)


class ProposeThresholdView(_ThresholdView):
    permission_classes = [*APIView.permission_classes, _MayPropose]

    @extend_schema(
        operation_id="thresholds_propose",
        summary="Propose a threshold",
        description=(
            "Without a value the whole score log is read and what is recommended is proposed; with one, that "
            "value, which nothing proves. A proposal changes nothing until a person approves it."
        ),
        request=shapes.ProposeRequest,
        responses={
            201: shapes.ThresholdSerializer,
            200: OpenApiResponse(
                shapes.ThresholdSerializer, "Proposed before, on the same evidence."
            ),
            409: OpenApiResponse(
                ReviewProblem, "Nothing is recommended; detail says what is missing."
            ),
        },
    )
    def post(self, request: Request) -> Response:
        body = shapes.ProposeRequest(data=request.data)
        body.is_valid(raise_exception=True)
        scorer, value = asked_scorer(body.validated_data), body.validated_data.get("value")
        if value is not None:
            row, is_new = acts.propose_value(scorer, value), True
        else:
            row, is_new = acts.propose_recommended(scorer)
        where = {"Location": reverse("thresholds-detail", args=[row.pk])}
        status_code = 201 if is_new else 200
        return Response(shapes.ThresholdSerializer(row).data, status_code, headers=where)


class ThresholdActView(_ThresholdView):
    """What the acts share: nothing is put in force before a worker has seen that what was proven still holds."""

    permission_classes = [*APIView.permission_classes, _MayDecide]
    verb: ClassVar[Verb]

    def post(self, request: Request, pk: UUID) -> Response:
        person = signed_in(request)
        shapes.ActRequest(data=request.data).is_valid(raise_exception=True)
        row = get_object_or_404(Threshold.objects.select_related("scorer__space"), pk=pk)
        outcome = acts.do(self.verb, row, person, acts.ByWorkers())
        row = Threshold.objects.select_related("scorer", "approved_by").get(pk=pk)
        answer = {"state": outcome.state.value, "message": outcome.message, "threshold": row}
        payload = shapes.ActAnswer(answer).data
        if outcome.state is State.WAITING:
            return Response(payload, status=202, headers=_LATER)
        return Response(payload, headers=_NO_STORE)


_CHECKED: Final = {200: shapes.ActAnswer, 202: shapes.ActAnswer, 409: _CONFLICT}
_AT_ONCE: Final = {200: shapes.ActAnswer, 409: _CONFLICT}


def _described(
    summary: str, description: str, responses: dict[int, Any]
) -> Callable[[type[ThresholdActView]], type[ThresholdActView]]:
    """Class decorator: the act in the OpenAPI document."""

    def describe(view: type[ThresholdActView]) -> type[ThresholdActView]:
        schema = extend_schema(
            operation_id=f"thresholds_{view.verb.name.lower()}",
            summary=summary,
            description=description,
            request=shapes.ActRequest,
            responses=responses,
        )
        return extend_schema_view(post=schema)(view)

    return describe


@_described(
    "Approve a threshold",
    "From the next run on, sightings are given deer by it. Whoever sends the request is recorded as the one who "
    "approved it. A worker may have to check first whether its proof still holds: then the answer is 202, and "
    "the same request is sent again.",
    _CHECKED,
)
class ApproveThresholdView(ThresholdActView):
    verb = Verb.APPROVE


@_described(
    "Apply a threshold to logged scores",
    "Approves the threshold and starts a run that gives deer by the scores that are logged already. The message "
    "names the run. Repeating the request starts no second one.",
    _CHECKED,
)
class ApplyThresholdView(ThresholdActView):
    verb = Verb.APPLY


@_described(
    "Withdraw a threshold",
    "The next run ranks candidates, assigns nothing, and takes back the identities that runs have given. The message "
    "says where the threshold was not in force.",
    _AT_ONCE,
)
class WithdrawThresholdView(ThresholdActView):
    verb = Verb.WITHDRAW


@_described(
    "Undo the application of a threshold",
    "Takes back every identity that its application gave, and puts the threshold before it in force again. Where "
    "somebody has changed one of these identities since, nothing is undone and the answer says which.",
    _AT_ONCE,
)
class UndoThresholdView(ThresholdActView):
    verb = Verb.UNDO
