"""Review endpoints: each parses its request, calls one verb of `reid.reviewing`, and returns its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from reid import reviewing
from reid.api import review_requests
from reid.api.people import signed_in
from reid.api.problems import ReviewConflictProblem, ReviewProblem, ReviewRefusedProblem
from reid.api.review_pages import FlankSet, ReviewPage
from reid.api.serializers import OperationSerializer
from reid.reviewing import UnknownOperation
from reid.suggesting import queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from rest_framework.request import Request
    from rest_framework.serializers import Serializer

    from reid.models import Operation

REFUSALS = {
    400: OpenApiResponse(ReviewProblem, "The request makes no sense; each error says where."),
    404: OpenApiResponse(ReviewProblem, "There is no such record."),
    409: OpenApiResponse(
        ReviewProblem, "Somebody was faster, or the record says otherwise; each error says what."
    ),
}

ANSWERED = "The answer is the operation that was made, which can be undone."


class ReviewerView(APIView):
    """Base of the review endpoints: JSON, a person, and a review's refusals as HTTP errors."""

    @property
    def reviewer(self) -> User:
        return signed_in(self.request)

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case reviewing.StaleReview():
                exc = ReviewConflictProblem(exc, "stale", exc.changes)
            case reviewing.UndoConflict():
                exc = ReviewConflictProblem(exc, "conflict", exc.changes)
            case reviewing.ReviewRefused():
                exc = ReviewRefusedProblem(exc)
            case UnknownOperation():
                exc = NotFound(str(exc))
        return super().handle_exception(exc)


class ReviewNextView(ReviewerView):
    query = review_requests.NextRequest

    @extend_schema(
        operation_id="review_next",
        summary="Get the next sighting to review",
        description=(
            "The sighting from which a decision teaches most, with its candidates; every fifth one is drawn at random."
        ),
        responses={200: ReviewPage, 400: REFUSALS[400]},
    )
    def get(self, request: Request) -> Response:
        params = self.query().read(request.query_params)
        page = queue.next_page(
            self.reviewer,
            skipped=params.get("skip", ()),
            sighting=params.get("sighting"),
            uncompared=params.get("uncompared", False),
        )
        return Response(ReviewPage(page).data, headers={"Cache-Control": "no-store"})


class VerbView(ReviewerView):
    """One act: POST what was decided, get the operation that it made, which can be undone."""

    verb: Callable[..., Operation]
    summary: str
    description: str
    shape: type[Serializer[Any]]
    answer: type[OperationSerializer] = OperationSerializer

    def post(self, request: Request) -> Response:
        body = self.shape(data=request.data)
        body.is_valid(raise_exception=True)
        operation = self.verb(actor=self.reviewer, **body.validated_data)
        where = {"Location": reverse("operation-detail", args=[operation.pk])}
        return Response(self.answer(operation).data, status=201, headers=where)


def described(view: type[VerbView]) -> type[VerbView]:
    """Class decorator: the endpoint in the OpenAPI document."""
    schema = extend_schema(
        operation_id=f"review_{view.verb.__name__}",
        summary=view.summary,
        description=f"{view.description} {ANSWERED}",
        request=view.shape,
        responses={201: view.answer} | REFUSALS,
    )
    return extend_schema_view(post=schema)(view)


@described
class ConfirmView(VerbView):
    summary = "Confirm a candidate"
    description = "The sighting is this deer, which was among its scored candidates or which it bears already."
    verb = staticmethod(reviewing.confirm)
    shape = review_requests.NameRequest


@described
class AssignView(VerbView):
    summary = "Assign a sighting to a deer"
    description = "The sighting is this deer, whatever was suggested. Refused where the record contradicts it."
    verb = staticmethod(reviewing.assign)
    shape = review_requests.NameRequest


@described
class NewDeerView(VerbView):
    summary = "Make a new deer of a sighting"
    description = "The sighting shows a deer without a profile: one is made. Its sex is what the classes of the detections agree on."
    verb = staticmethod(reviewing.new_deer)
    shape = review_requests.NewDeerRequest


@described
class RejectView(VerbView):
    summary = "Reject deer for a sighting"
    description = "The sighting shows none of these deer; where none is named, not the one that it bears. No run assigns them to it again."
    verb = staticmethod(reviewing.reject)
    shape = review_requests.RejectRequest


@described
class SplitView(VerbView):
    summary = "Split sightings off a deer"
    description = "These sightings, all of one deer until now, show another one, which gets a profile of its own."
    verb = staticmethod(reviewing.split)
    shape = review_requests.SplitRequest


@described
class SplitSightingView(VerbView):
    summary = "Split a sighting"
    description = "These detections show another animal than the other detections of the sighting."
    verb = staticmethod(reviewing.split_sighting)
    shape = review_requests.SplitSightingRequest


@described
class MergeView(VerbView):
    summary = "Merge two deer"
    description = "Both profiles are of one animal. One of them takes over all detections; the other one stays and names it."
    verb = staticmethod(reviewing.merge)
    shape = review_requests.MergeRequest


@described
class KeepLabelView(VerbView):
    summary = "Keep a doubted label"
    description = "The sighting is the deer that it bears, whatever the scores say; it is no longer listed as doubtful."
    verb = staticmethod(reviewing.keep_label)
    shape = review_requests.KeepLabelRequest


@described
class KeepApartView(VerbView):
    summary = "Keep two deer apart"
    description = (
        "These are two animals, however alike they look; they are no longer listed as likely one."
    )
    verb = staticmethod(reviewing.keep_apart)
    shape = review_requests.KeepApartRequest


@described
class EnrolView(VerbView):
    summary = "Make detections references"
    description = "Makes the detections references of their deer, which new sightings are compared with. At most one an encounter and flank becomes one, and at most 20 a deer, of a buck 20 of each antler year."
    verb = staticmethod(reviewing.enrol)
    shape = review_requests.DetectionsRequest


@described
class DropReferenceView(VerbView):
    summary = "Drop references"
    description = (
        "The detections no longer stand for their deer in comparisons. Their identities stay."
    )
    verb = staticmethod(reviewing.drop_reference)
    shape = review_requests.DetectionsRequest


@described
class InvalidateView(VerbView):
    summary = "Mark detections invalid"
    description = (
        "The detections show no animal, or are of no use. Their identities stay but count no more."
    )
    verb = staticmethod(reviewing.invalidate)
    shape = review_requests.DetectionsRequest


@described
class MakeValidView(VerbView):
    summary = "Mark detections valid"
    description = "Takes back detections that were marked invalid."
    verb = staticmethod(reviewing.make_valid)
    shape = review_requests.DetectionsRequest


@described
class CorrectClassView(VerbView):
    summary = "Correct what detections show"
    description = "Sets the class of the detections, the flanks of some of them, or both."
    verb = staticmethod(reviewing.correct_class)
    shape = review_requests.CorrectClassRequest


@described
class SetFlankView(VerbView):
    summary = "Set flanks"
    description = "Says which flank each of the detections shows, unknown where it cannot be seen. Identities stay."
    verb = staticmethod(reviewing.set_flank)
    shape = review_requests.SetFlankRequest
    answer = FlankSet


@described
class ReviewUndoView(VerbView):
    summary = "Undo an operation"
    description = "Takes back everything that the operation changed, as a whole. Refused where something was changed since."
    verb = staticmethod(reviewing.undo)
    shape = review_requests.UndoRequest
