"""Endpoints of the audit: freeze a plan, get the next item, record an answer, read the status.

The same functions as `audit_threshold`, with one difference: people are shown every item blind, the claimed
deer among others (`analysis.audit.lineup`), and their judgement is measured by planted pairs
(`analysis.audit.planted_pairs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.api import audit_documents, audit_serializers
from analysis.api.scorer_requests import ScorerQuery, asked_scorer
from analysis.audit.answers import (
    JudgedMeanwhileError,
    Outcome,
    UnknownItemError,
    record,
    state_of,
    under_test,
)
from analysis.audit.document import audit_document
from analysis.audit.lineup import NotAmongThemError, find, lineup, outcome_of
from analysis.audit.order import answers_of, next_shown
from analysis.audit.plans import AuditExpiredError, NoPlanError, current_plan, valid_plan
from analysis.recommendation.assess import assess, begin, begin_batch
from analysis.recommendation.document import status_document
from analysis.recommendation.fdp_gate import about_more
from analysis.recommendation.types import ALPHA_FDP
from analysis.score_log.session import AnalysisError, read_only
from reid.api.people import signed_in
from reid.api.problems import ReviewProblem, ReviewViolation
from reid.matching.stored_gallery import load_gallery
from reid.models import AuditPlan
from reid.reviewing import ReviewError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request
    from rest_framework.serializers import Serializer


NO_STORE = {"Cache-Control": "no-store"}
REFUSALS = {
    400: OpenApiResponse(ReviewProblem, "The request makes no sense; each error says where."),
    404: OpenApiResponse(ReviewProblem, "No audit is open, or it has no such item."),
    409: OpenApiResponse(
        ReviewProblem, "Somebody was faster, the plan has expired, or there is nothing to ask."
    ),
}


class AuditRefused(APIException):
    """An analysis error as an HTTP problem: 404 for what is not there, 400 for a bad request, else 409."""

    def __init__(self, error: AnalysisError | ReviewError) -> None:
        by, at = "", None
        match error:
            case NoPlanError() | UnknownItemError():
                self.status_code, code = status.HTTP_404_NOT_FOUND, "not_found"
            case NotAmongThemError():
                self.status_code, code = status.HTTP_400_BAD_REQUEST, "invalid"
            case JudgedMeanwhileError():
                self.status_code, code = status.HTTP_409_CONFLICT, "stale"
                by, at = error.by.get_username() if error.by else "", error.at
            case AuditExpiredError():
                self.status_code, code = status.HTTP_409_CONFLICT, "expired"
            case _:
                self.status_code, code = status.HTTP_409_CONFLICT, "conflict"
        super().__init__(str(error), code)
        field = "deer" if isinstance(error, NotAmongThemError) else ""
        self.errors = (ReviewViolation(code, field, str(error), by=by, at=at),)


class AuditView(APIView):
    """Base of the audit's endpoints: JSON, and an analysis error as a problem document."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, AnalysisError | ReviewError):
            exc = AuditRefused(exc)
        return super().handle_exception(exc)


def _checked(serializer_class: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    payload: dict[str, Any] = serializer.validated_data
    return payload


def _current(payload: Mapping[str, Any]) -> AuditPlan:
    scorer = asked_scorer(payload)
    return current_plan(scorer, load_gallery(scorer).fingerprint)


class AuditPlanView(AuditView):
    @extend_schema(
        operation_id="audits_plan",
        summary="Plan an audit",
        description=(
            "Freezes the candidate thresholds, the assignments that they rest on and the order in which those are "
            "judged. Refused while an audit is open, and where earlier answers decide the question already. A batch "
            "freezes sightings that are there with the deer that each would get, and asks how many of those are wrong."
        ),
        request=audit_serializers.PlanRequest,
        responses={201: audit_documents.AuditDocument} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        payload = _checked(audit_serializers.PlanRequest, request.data)
        alpha = payload.get("alpha_fdp", ALPHA_FDP)
        with read_only():
            assessment = assess(asked_scorer(payload), alpha_fdp=alpha)
        if payload["kind"] == AuditPlan.Kind.BATCH:
            plan = begin_batch(assessment, alpha, payload.get("shares", ()))
        else:
            plan = begin(assessment, alpha)
        headers = {"Location": reverse("audits-status")}
        return Response(audit_document(plan, state_of(plan)), status=201, headers=headers)


class AuditNextView(AuditView):
    query = ScorerQuery

    @extend_schema(
        operation_id="audits_next",
        summary="Get the next item to judge",
        description=(
            "A sighting and three deer. One of them is the deer that it was assigned to; which one is not said. "
            "`plan` is null where no audit is open."
        ),
        responses={200: audit_serializers.NextAnswer} | REFUSALS,
    )
    def get(self, request: Request) -> Response:
        try:
            plan = _current(self.query().read(request.query_params))
        except NoPlanError:
            none = audit_serializers.NextAnswer.NONE_OPEN
            return Response(audit_serializers.NextAnswer(none).data, headers=NO_STORE)
        state = state_of(plan)
        current = under_test(state)
        item = next_shown(plan, current) if current else None
        answer = {
            "plan": plan.pk,
            "batch": plan.number,
            "status": plan.status,
            "answers": answers_of(plan),
            "more": about_more(state, current) if current else 0,
            "candidate": state.candidates.index(current) + 1 if current else None,
            "candidates": len(state.candidates),
            "item": lineup(plan, item) if item else None,
        }
        return Response(audit_serializers.NextAnswer(answer).data, headers=NO_STORE)


class AuditRecordView(AuditView):
    @extend_schema(
        operation_id="audits_record",
        summary="Record a judgement",
        description=(
            "The answer to an item: one of the deer shown, none of them, or cannot tell. It is final, and "
            "cannot tell counts as an assignment that was not found right."
        ),
        request=audit_serializers.RecordRequest,
        responses={201: audit_serializers.RecordAnswer} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        person = signed_in(request)
        payload = _checked(audit_serializers.RecordRequest, request.data)
        plan = _current(payload)
        item = find(plan, payload["item"])
        if payload["answer"] == audit_serializers.AnswerChoice.CANNOT_TELL:
            outcome = Outcome.CANNOT_TELL
        else:
            outcome = outcome_of(plan, item, payload.get("deer"))
        record(plan, item.pk, outcome, person, version=payload["version"])
        plan.refresh_from_db()
        answer = {"item": item.pk, "plan": plan.pk, "status": plan.status}
        return Response(audit_serializers.RecordAnswer(answer).data, status=201)


class AuditStatusView(AuditView):
    query = ScorerQuery

    @extend_schema(
        operation_id="audits_status",
        summary="Get the state of the audit",
        description="What has been judged so far, what it proves, and what is recommended as the store stands now.",
        responses={200: audit_documents.StatusDocument} | REFUSALS,
    )
    def get(self, request: Request) -> Response:
        parameters = self.query().read(request.query_params)
        with read_only():
            assessment = assess(asked_scorer(parameters))
        plan = valid_plan(assessment.store)
        document = status_document(plan, assessment.recommendation)
        return Response(document, headers=NO_STORE)
