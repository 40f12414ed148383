"""Endpoints of changes of cameras, deployments and outages: each parses its request and calls `reid.cameras.changes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from reid.api.problems import ConflictProblem
from reid.api.query import StrictBody
from reid.api.review_requests import example
from reid.api.review_views import REFUSALS, ReviewerView
from reid.api.serializers import UndoableSerializer
from reid.cameras import changes
from reid.cameras.problems import ChangeConflict, ChangeProblem, UnknownRow
from reid.models import CameraChange, Outage

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from rest_framework.request import Request

_Method = TypeVar("_Method", bound="Callable[..., Response]")

ANSWERED = "The answer is the change, which can be undone."


def _degrees(limit: int, help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=9,
        decimal_places=6,
        min_value=-limit,
        max_value=limit,
        allow_null=True,
        required=False,
        help_text=help_text,
    )


@example(name="North Gate", latitude="30.101000", longitude="-98.203000")
class CameraEdit(StrictBody):
    name = serializers.CharField(required=False, max_length=120)
    notes = serializers.CharField(required=False, allow_blank=True)
    latitude = _degrees(90, "Degrees; together with longitude, or null for both.")
    longitude = _degrees(180, "Degrees.")


class _Days(StrictBody):
    started_at = serializers.TimeField(required=False, allow_null=True)
    ended_on = serializers.DateField(
        required=False, allow_null=True, help_text="The last day; null: it still runs."
    )
    ended_at = serializers.TimeField(required=False, allow_null=True)
    latitude = _degrees(90, "Where the camera stood then; null: where the camera stands.")
    longitude = _degrees(180, "Degrees.")


@example(started_on="2026-09-01", ended_on="2026-11-30")
class DeploymentEntry(_Days):
    started_on = serializers.DateField(help_text="The first day on which the camera ran.")


@example(ended_on="2026-12-24")
class DeploymentEdit(_Days):
    started_on = serializers.DateField(required=False)


@example(started_on="2026-10-01", ended_on="2026-10-09", reason="flat batteries")
class OutageEntry(StrictBody):
    started_on = serializers.DateField(help_text="The first day on which it did not work.")
    ended_on = serializers.DateField(help_text="The last one.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


@example(ended_on="2026-10-12")
class OutageEdit(StrictBody):
    started_on = serializers.DateField(required=False)
    ended_on = serializers.DateField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class CameraChangeSerializer(UndoableSerializer[CameraChange]):
    class Meta:
        model = CameraChange
        fields = (
            *("id", "camera", "subject", "row", "before", "after", "actor", "created_at"),
            *("undone_at", "undone_by"),
        )


class OutageSerializer(serializers.ModelSerializer[Outage]):
    class Meta:
        model = Outage
        fields = ("id", "camera", "started_on", "ended_on", "reason")


def described(
    operation: str, summary: str, what: str, body: type[StrictBody] | None
) -> Callable[[_Method], _Method]:
    """Method decorator: an act on a camera in the OpenAPI document; `what` it does, before how it answers."""
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=f"{what} {ANSWERED}".strip(),
        request=body,
        responses={201: CameraChangeSerializer} | REFUSALS,
    )


class ChangeView(ReviewerView):
    """Base: a change's problems as HTTP errors, and its body."""

    body: type[StrictBody]

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case UnknownRow():
                exc = NotFound(str(exc))
            case ChangeConflict():
                exc = ConflictProblem(str(exc))
            case ChangeProblem():
                exc = ValidationError({exc.field: str(exc)} if exc.field else str(exc))
        return super().handle_exception(exc)

    def given(self, request: Request) -> dict[str, Any]:
        body = self.body(data=request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    @staticmethod
    def answer(change: CameraChange) -> Response:
        return Response(CameraChangeSerializer(change).data, status=status.HTTP_201_CREATED)


class EditCameraView(ChangeView):
    body = CameraEdit

    @described(
        "camera_edit",
        "Change a camera's name, notes or position",
        "What is left out stays. Tables that use the old name lead to the camera.",
        CameraEdit,
    )
    def post(self, request: Request, camera: UUID) -> Response:
        return self.answer(changes.edit_camera(camera, self.given(request), actor=self.reviewer))


class AddDeploymentView(ChangeView):
    body = DeploymentEntry

    @described(
        "camera_add_deployment",
        "Enter a deployment",
        "The times of the camera's photographs are judged by it. Refused where the camera ran already.",
        DeploymentEntry,
    )
    def post(self, request: Request, camera: UUID) -> Response:
        return self.answer(changes.add_deployment(camera, self.given(request), actor=self.reviewer))


class EditDeploymentView(ChangeView):
    body = DeploymentEdit

    @described("deployment_edit", "Change a deployment", "What is left out stays.", DeploymentEdit)
    def post(self, request: Request, deployment: UUID) -> Response:
        return self.answer(
            changes.edit_deployment(deployment, self.given(request), actor=self.reviewer)
        )


class RemoveDeploymentView(ChangeView):
    @described(
        "deployment_remove",
        "Remove a deployment",
        "The times of the camera's photographs are judged without it.",
        None,
    )
    def post(self, request: Request, deployment: UUID) -> Response:
        return self.answer(changes.remove_deployment(deployment, actor=self.reviewer))


class AddOutageView(ChangeView):
    body = OutageEntry

    @described(
        "camera_add_outage",
        "Enter an outage",
        "Its days leave the camera's effort. Refused where an outage holds already.",
        OutageEntry,
    )
    def post(self, request: Request, camera: UUID) -> Response:
        return self.answer(changes.add_outage(camera, self.given(request), actor=self.reviewer))


class EditOutageView(ChangeView):
    body = OutageEdit

    @described("outage_edit", "Change an outage", "What is left out stays.", OutageEdit)
    def post(self, request: Request, outage: UUID) -> Response:
        return self.answer(changes.edit_outage(outage, self.given(request), actor=self.reviewer))


class RemoveOutageView(ChangeView):
    @described("outage_remove", "Remove an outage", "", None)
    def post(self, request: Request, outage: UUID) -> Response:
        return self.answer(changes.remove_outage(outage, actor=self.reviewer))


class UndoCameraChangeView(ChangeView):
    @extend_schema(
        operation_id="camera_change_undo",
        summary="Undo a change of a camera",
        description="Puts back what the change changed. Refused where it was changed again since.",
        request=None,
        responses={200: CameraChangeSerializer} | REFUSALS,
    )
    def post(self, request: Request, change: UUID) -> Response:
        return Response(CameraChangeSerializer(changes.undo(change, actor=self.reviewer)).data)
