"""Review endpoints: each parses its request, calls one verb of `reid.reviewing`, and returns its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from reid import reviewing
from reid.api import review_requests
from reid.api.problems import ReviewConflictProblem, ReviewProblem, ReviewRefusedProblem
from reid.api.review_pages import FlankSet, ReviewPage
from reid.api.serializers import OperationSerializer
from reid.reviewing import UnknownOperation
from reid.suggesting import queue

if TYPE_CHECKING:
    from collections.abc import Callable

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


class ReviewerView(APIView):
    """Base of the review endpoints: JSON, a person, and a review's refusals as HTTP errors."""

    @property
    def reviewer(self) -> User:
        if not isinstance(self.request.user, User):
            raise NotAuthenticated
        return self.request.user

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
        summary="What to review next",
        responses={200: ReviewPage, 400: REFUSALS[400]},
    )
    def get(self, request: Request) -> Response:
        """The sighting a decision teaches most about; every fifth one is drawn at random."""
        params = self.query().read(request.query_params)
        page = queue.next_page(self.reviewer, skipped=params.get("skip", ()))
        return Response(ReviewPage(page).data, headers={"Cache-Control": "no-store"})


class VerbView(ReviewerView):
    """One act: POST what was decided, get the operation that it made, which can be undone."""

    verb: Callable[..., Operation]
    shape: type[Serializer[Any]]
    answer: type[OperationSerializer] = OperationSerializer

    def post(self, request: Request) -> Response:
        body = self.shape(data=request.data)
        body.is_valid(raise_exception=True)
        operation = self.verb(actor=self.reviewer, **body.validated_data)
        where = {"Location": reverse("operation-detail", args=[operation.pk])}
        return Response(self.answer(operation).data, status=201, headers=where)


def described(view: type[VerbView]) -> type[VerbView]:
    """Class decorator: the endpoint in the OpenAPI document, described by its verb's docstring."""
    text = view.verb.__doc__ or ""
    schema = extend_schema(
        operation_id=f"review_{view.verb.__name__}",
        summary=text.split("\n")[0].rstrip("."),
        request=view.shape,
        responses={201: view.answer} | REFUSALS,
    )
    return extend_schema_view(post=schema)(view)


@described
class ConfirmView(VerbView):
    verb = staticmethod(reviewing.confirm)
    shape = review_requests.NameRequest


@described
class AssignView(VerbView):
    verb = staticmethod(reviewing.assign)
    shape = review_requests.NameRequest


@described
class NewDeerView(VerbView):
    verb = staticmethod(reviewing.new_deer)
    shape = review_requests.NewDeerRequest


@described
class RejectView(VerbView):
    verb = staticmethod(reviewing.reject)
    shape = review_requests.RejectRequest


@described
class SplitView(VerbView):
    verb = staticmethod(reviewing.split)
    shape = review_requests.SplitRequest


@described
class SplitSightingView(VerbView):
    verb = staticmethod(reviewing.split_sighting)
    shape = review_requests.SplitSightingRequest


@described
class MergeView(VerbView):
    verb = staticmethod(reviewing.merge)
    shape = review_requests.MergeRequest


@described
class EnrolView(VerbView):
    verb = staticmethod(reviewing.enrol)
    shape = review_requests.DetectionsRequest


@described
class DropReferenceView(VerbView):
    verb = staticmethod(reviewing.drop_reference)
    shape = review_requests.DetectionsRequest


@described
class InvalidateView(VerbView):
    verb = staticmethod(reviewing.invalidate)
    shape = review_requests.DetectionsRequest


@described
class MakeValidView(VerbView):
    verb = staticmethod(reviewing.make_valid)
    shape = review_requests.DetectionsRequest


@described
class CorrectClassView(VerbView):
    verb = staticmethod(reviewing.correct_class)
    shape = review_requests.CorrectClassRequest


@described
class SetFlankView(VerbView):
    verb = staticmethod(reviewing.set_flank)
    shape = review_requests.SetFlankRequest
    answer = FlankSet


@described
class ReviewUndoView(VerbView):
    verb = staticmethod(reviewing.undo)
    shape = review_requests.UndoRequest
