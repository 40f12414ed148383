"""Endpoints of a survey's audit: its state, open, next, all profiles, answer, take back, close, give up.

Nothing that is sent says whose an item is, or which of the profiles shown is the one that it bears.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from analysis.api.audit_views import NO_STORE, AuditView
from analysis.api.survey_audits import serializers
from analysis.surveys.audit import answering, opening
from analysis.surveys.audit.document import audit_document
from analysis.surveys.audit.lineup import lineup, search
from reid.api.people import signed_in
from reid.api.problems import ReviewProblem
from reid.models import Survey

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

REFUSALS = {
    400: OpenApiResponse(ReviewProblem, "The request makes no sense; each error says where."),
    404: OpenApiResponse(
        ReviewProblem, "There is no such survey, no audit of it is open, or it has no such item."
    ),
    409: OpenApiResponse(
        ReviewProblem, "Somebody was faster, one is open already, or the answers are too few."
    ),
}
ITEM_NEEDED = "item: Say which item is judged."


def _survey(key: UUID) -> Survey:
    """The survey. Raises Http404."""
    return get_object_or_404(Survey, pk=key)


def _state(survey: Survey) -> Response:
    document = audit_document(survey)
    return Response(serializers.SurveyAuditDocument(document).data, headers=NO_STORE)


class SurveyAuditView(AuditView):
    @extend_schema(
        operation_id="survey_audit",
        summary="Get the state of a survey's audit",
        description=(
            "How far it is, what it takes, and how often the survey's names are wrong: false matches, missed matches and "
            "ghosts, each with its interval. The newest closed audit is what the survey's estimates rest on."
        ),
        responses={200: serializers.SurveyAuditDocument} | REFUSALS,
    )
    def get(self, request: Request, survey: UUID) -> Response:
        return _state(_survey(survey))


class SurveyAuditOpenView(AuditView):
    @extend_schema(
        operation_id="survey_audit_open",
        summary="Open an audit of a survey",
        description="Puts all captures of the survey's frozen copy into an order by chance, to be judged blind.",
        request=None,
        responses={201: serializers.SurveyAuditDocument} | REFUSALS,
    )
    def post(self, request: Request, survey: UUID) -> Response:
        row = _survey(survey)
        opening.open_audit(row, signed_in(request))
        document = audit_document(row)
        return Response(serializers.SurveyAuditDocument(document).data, status=201)


class SurveyAuditNextView(AuditView):
    query = serializers.ItemQuery

    @extend_schema(
        operation_id="survey_audit_next",
        summary="Get the next capture to judge",
        description=(
            "The photographs of a capture without its name, and profiles of the survey that it may be, in no order. Its own "
            "profile is among them where it was captured on another occasion."
        ),
        responses={200: serializers.SurveyAuditNext} | REFUSALS,
    )
    def get(self, request: Request, survey: UUID) -> Response:
        row = _survey(survey)
        audit = opening.current(row)
        number = self.query().read(request.query_params).get("item")
        item = answering.next_item(audit) if number is None else answering.find(audit, number)
        document = audit_document(row) | {"item": None if item is None else lineup(audit, item)}
        return Response(serializers.SurveyAuditNext(document).data, headers=NO_STORE)


class SurveyAuditProfilesView(AuditView):
    query = serializers.ProfilesQuery

    @extend_schema(
        operation_id="survey_audit_profiles",
        summary="Look through all profiles of the survey",
        description="Every profile that the item may be, by name, 24 at a time.",
        responses={200: serializers.ProfilesAnswer} | REFUSALS,
    )
    def get(self, request: Request, survey: UUID) -> Response:
        asked = self.query().read(request.query_params)
        if "item" not in asked:
            raise ValidationError({"item": ITEM_NEEDED}, "required")
        audit = opening.current(_survey(survey))
        item = answering.find(audit, asked["item"])
        shown, count = search(audit, item, asked.get("search", ""), asked.get("start", 0))
        answer = {"count": count, "profiles": shown}
        return Response(serializers.ProfilesAnswer(answer).data, headers=NO_STORE)


class SurveyAuditAnswerView(AuditView):
    @extend_schema(
        operation_id="survey_audit_answer",
        summary="Answer whose a capture is",
        description=(
            "One of the survey's profiles, none of them, or nobody can tell, which is no evidence and is counted. It can be "
            "taken back while the audit is open. No answer changes a deer's record."
        ),
        request=serializers.CaptureAnswerRequest,
        responses={201: serializers.SurveyAuditItemNumber} | REFUSALS,
    )
    def post(self, request: Request, survey: UUID) -> Response:
        asked = serializers.CaptureAnswerRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        payload: dict[str, Any] = asked.validated_data
        choice = {
            serializers.AnswerChoice.PROFILE: payload.get("profile"),
            serializers.AnswerChoice.NONE: "",
            serializers.AnswerChoice.CANNOT_TELL: None,
        }[payload["answer"]]
        audit = opening.current(_survey(survey))
        item = answering.record(
            audit, payload["item"], signed_in(request), version=payload["version"], choice=choice
        )
        return Response({"item": item.pk}, status=201)


class SurveyAuditUndoView(AuditView):
    @extend_schema(
        operation_id="survey_audit_undo",
        summary="Take one's last answer back",
        description="The capture waits again; `item` is its number, with which it can be asked for.",
        request=None,
        responses={200: serializers.SurveyAuditItemNumber} | REFUSALS,
    )
    def post(self, request: Request, survey: UUID) -> Response:
        item = answering.take_back(opening.current(_survey(survey)), signed_in(request))
        return Response({"item": item.pk})


class SurveyAuditCloseView(AuditView):
    @extend_schema(
        operation_id="survey_audit_close",
        summary="Close the audit of a survey",
        description="The survey's estimates rest on its answers from then on. Refused while they are too few.",
        request=None,
        responses={200: serializers.SurveyAuditDocument} | REFUSALS,
    )
    def post(self, request: Request, survey: UUID) -> Response:
        row = _survey(survey)
        opening.close(opening.current(row))
        return _state(row)


class SurveyAuditAbandonView(AuditView):
    @extend_schema(
        operation_id="survey_audit_abandon",
        summary="Give the open audit of a survey up",
        description="Nothing rests on its answers then; an earlier one that was closed counts again.",
        request=None,
        responses={200: serializers.SurveyAuditDocument} | REFUSALS,
    )
    def post(self, request: Request, survey: UUID) -> Response:
        row = _survey(survey)
        opening.abandon(opening.current(row))
        return _state(row)
