"""Reviews over HTTP: each door parses, calls one verb of `reid.reviewing`, and says what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from reid import reviewing
from reid.api import review_requests as requests
from reid.api.problems import Contradicted, Refused, ReviewProblem
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
    """What all of them share: JSON, a person, and a review's refusals told in HTTP's words."""

    renderer_classes = [JSONRenderer]

    @property
    def reviewer(self) -> User:
        if not isinstance(self.request.user, User):
            raise NotAuthenticated
        return self.request.user

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case reviewing.StaleReview():
                exc = Contradicted(exc, "stale", exc.changes)
            case reviewing.UndoConflict():
                exc = Contradicted(exc, "conflict", exc.changes)
            case reviewing.ReviewRefused():
                exc = Refused(exc)
            case UnknownOperation():
                exc = NotFound(str(exc))
        return super().handle_exception(exc)


class NextView(ReviewerView):
    query = requests.NextRequest

    @extend_schema(
        operation_id="review_next",
        summary="What to review next",
        responses={200: ReviewPage, 400: REFUSALS[400]},
    )
    def get(self, request: Request) -> Response:
        """The sighting a decision teaches most about; every fifth one is drawn at random."""
        asked = self.query().read(request.query_params)
        page = queue.next_page(self.reviewer, skipped=asked.get("skip", ()))
        return Response(ReviewPage(page).data, headers={"Cache-Control": "no-store"})


class VerbView(ReviewerView):
    """One act: POST what was decided, get the operation that it made, which can be undone."""

    verb: Callable[..., Operation]
    shape: type[Serializer[Any]]
    answer: type[OperationSerializer] = OperationSerializer

    def post(self, request: Request) -> Response:
        asked = self.shape(data=request.data)
        asked.is_valid(raise_exception=True)
        done = self.verb(actor=self.reviewer, **asked.validated_data)
        where = {"Location": reverse("operation-detail", args=[done.pk])}
        return Response(self.answer(done).data, status=201, headers=where)


def described(view: type[VerbView]) -> type[VerbView]:
    """Class decorator: the door in the OpenAPI document, in the words of its verb."""
    said = view.verb.__doc__ or ""
    schema = extend_schema(
        operation_id=f"review_{view.verb.__name__}",
        summary=said.split("\n")[0].rstrip("."),
        request=view.shape,
        responses={201: view.answer} | REFUSALS,
    )
    return extend_schema_view(post=schema)(view)


@described
class ConfirmView(VerbView):
    verb = staticmethod(reviewing.confirm)
    shape = requests.NameRequest


@described
class AssignView(VerbView):
    verb = staticmethod(reviewing.assign)
    shape = requests.NameRequest


@described
class NewDeerView(VerbView):
    verb = staticmethod(reviewing.new_deer)
    shape = requests.NewDeerRequest


@described
class RejectView(VerbView):
    verb = staticmethod(reviewing.reject)
    shape = requests.RejectRequest


@described
class SplitView(VerbView):
    verb = staticmethod(reviewing.split)
    shape = requests.SplitRequest


@described
class SplitSightingView(VerbView):
    verb = staticmethod(reviewing.split_sighting)
    shape = requests.SplitSightingRequest


@described
class MergeView(VerbView):
    verb = staticmethod(reviewing.merge)
    shape = requests.MergeRequest


@described
class EnrolView(VerbView):
    verb = staticmethod(reviewing.enrol)
    shape = requests.DetectionsRequest


@described
class DropReferenceView(VerbView):
    verb = staticmethod(reviewing.drop_reference)
    shape = requests.DetectionsRequest


@described
class InvalidateView(VerbView):
    verb = staticmethod(reviewing.invalidate)
    shape = requests.DetectionsRequest


@described
class MakeValidView(VerbView):
    verb = staticmethod(reviewing.make_valid)
    shape = requests.DetectionsRequest


@described
class CorrectClassView(VerbView):
    verb = staticmethod(reviewing.correct_class)
    shape = requests.CorrectClassRequest


@described
class SetFlankView(VerbView):
    verb = staticmethod(reviewing.set_flank)
    shape = requests.SetFlankRequest
    answer = FlankSet


@described
class UndoView(VerbView):
    verb = staticmethod(reviewing.undo)
    shape = requests.UndoRequest
