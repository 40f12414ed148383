"""Endpoints of batches: what is offered, what was opened, assign and abandon.

Items are judged by the endpoints of the audit. The operation that an assignment makes is undone as any review is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.response import Response

from analysis.api import audit_serializers, batch_serializers
from analysis.api.audit_views import NO_STORE, REFUSALS, AuditView
from analysis.api.scorer_requests import asked_scorer
from analysis.audit import batches
from analysis.audit.certificates import assign, certificate_document, documents
from analysis.recommendation.assess import assess
from analysis.recommendation.document import offer_document
from analysis.recommendation.types import ALPHA_FDP
from analysis.score_log.session import read_only
from reid.api.people import signed_in

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

MAY_NOT_DECIDE: Final = "Deciding on a batch takes the right to change thresholds."


class MayDecide(BasePermission):
    """As of thresholds: one who may only look gives no sighting its deer."""

    message = MAY_NOT_DECIDE

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.has_perm("reid.change_threshold")


class BatchOfferView(AuditView):
    query = audit_serializers.OfferQuery

    @extend_schema(
        operation_id="audits_offer",
        summary="See which audit can begin",
        description=(
            "The verdict on the store as it stands, and where no threshold can be proven the batch that can be "
            "certified instead, with the judgements that it takes."
        ),
        responses={200: batch_serializers.OfferAnswer} | REFUSALS,
    )
    def get(self, request: Request) -> Response:
        parameters = self.query().read(request.query_params)
        alpha = parameters.get("alpha_fdp", ALPHA_FDP)
        with read_only():
            found = assess(asked_scorer(parameters), alpha_fdp=alpha).recommendation
        answer = {
            "verdict": found.verdict.value,
            "reason": found.reason,
            "batch": None if found.batch is None else offer_document(found.batch),
        }
        return Response(answer, headers=NO_STORE)


class BatchListView(AuditView):
    @extend_schema(
        operation_id="audits_batches",
        summary="List batches",
        description="Every batch that was opened, newest first, with what it certifies.",
        responses={200: batch_serializers.BatchList},
    )
    def get(self, request: Request) -> Response:
        return Response({"batches": documents()}, headers=NO_STORE)


class BatchAssignView(AuditView):
    @extend_schema(
        operation_id="audits_assign",
        summary="Assign the certified batch",
        description=(
            "Gives exactly the certified sightings their deer, less those that a person has judged since. A batch "
            "that is open is closed first, with what has passed. The operation can be undone."
        ),
        request=None,
        responses={201: batch_serializers.AssignedAnswer} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        person = signed_in(request)
        done = assign(person)
        answer: dict[str, Any] = {
            "says": done.in_words,
            "sightings": done.sightings,
            "left_out": {str(why): count for why, count in done.left_out.items()},
            "batch": certificate_document(done.plan),
        }
        return Response(answer, status=201)

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), MayDecide()]


class BatchAbandonView(AuditView):
    @extend_schema(
        operation_id="audits_abandon",
        summary="Abandon the batch",
        description=(
            "Gives up the batch that is open, or certified and not assigned. It still counts among those opened."
        ),
        request=None,
        responses={200: batch_serializers.BatchDocument} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        return Response(certificate_document(batches.abandon()))

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), MayDecide()]
