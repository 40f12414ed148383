"""Permissions of the API: one table of every operation, with what it takes to ask for it.

An operation is a method and an address as the OpenAPI document writes it. One without a row is refused, and a test
names it. What a token may is what its owner may, and no more than its scope.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.schemas.generators import EndpointEnumerator

from thumper.accounts.roles import Permission, is_granted
from thumper.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

OPERATIONS: Final[dict[str, Permission]] = {
    "GET /api/": Permission.OWN,
    "GET /api/docs/": Permission.OWN,
    "GET /api/schema/": Permission.OWN,
    "POST /api/audits/abandon": Permission.MANAGE,
    "POST /api/audits/assign": Permission.MANAGE,
    "GET /api/audits/batches": Permission.REVIEW,
    "GET /api/audits/next": Permission.REVIEW,
    "GET /api/audits/offer": Permission.REVIEW,
    "POST /api/audits/plan": Permission.REVIEW,
    "POST /api/audits/record": Permission.REVIEW,
    "GET /api/audits/status": Permission.REVIEW,
    "GET /api/camera-changes": Permission.VIEW,
    "POST /api/camera-changes/{change}/undo": Permission.MANAGE,
    "GET /api/camera-changes/{id}": Permission.VIEW,
    "GET /api/camera-merges": Permission.VIEW,
    "GET /api/camera-merges/{id}": Permission.VIEW,
    "POST /api/camera-merges/{merge}/undo": Permission.MANAGE,
    "GET /api/cameras": Permission.VIEW,
    "POST /api/cameras/{camera}/add-deployment": Permission.MANAGE,
    "POST /api/cameras/{camera}/add-outage": Permission.MANAGE,
    "POST /api/cameras/{camera}/correct-clock": Permission.MANAGE,
    "POST /api/cameras/{camera}/edit": Permission.MANAGE,
    "POST /api/cameras/{camera}/merge": Permission.MANAGE,
    "GET /api/cameras/{id}": Permission.VIEW,
    "GET /api/clock-corrections": Permission.VIEW,
    "POST /api/clock-corrections/{correction}/undo": Permission.MANAGE,
    "GET /api/clock-corrections/{id}": Permission.VIEW,
    "GET /api/deer": Permission.VIEW,
    "GET /api/deer-names": Permission.VIEW,
    "DELETE /api/deer/{deer}/watch": Permission.REQUEST,
    "PUT /api/deer/{deer}/watch": Permission.REQUEST,
    "GET /api/deer/{id}": Permission.VIEW,
    "GET /api/deployments": Permission.VIEW,
    "POST /api/deployments/{deployment}/edit": Permission.MANAGE,
    "POST /api/deployments/{deployment}/remove": Permission.MANAGE,
    "GET /api/deployments/{id}": Permission.VIEW,
    "GET /api/detections": Permission.VIEW,
    "GET /api/detections/{detection}/crop": Permission.VIEW,
    "GET /api/detections/{detection}/matches/{deer}": Permission.VIEW,
    "GET /api/detections/{detection}/thumbnail": Permission.VIEW,
    "GET /api/detections/{detection}/torso": Permission.VIEW,
    "GET /api/detections/{id}": Permission.VIEW,
    "GET /api/detections/{id}/scores": Permission.VIEW,
    "GET /api/exports/": Permission.REQUEST,
    "GET /api/exports/history": Permission.REQUEST,
    "GET /api/exports/links": Permission.REQUEST,
    "POST /api/exports/links": Permission.REQUEST,
    "DELETE /api/exports/links/{id}": Permission.REQUEST,
    "POST /api/exports/links/{id}/reopen": Permission.REQUEST,
    "POST /api/exports/pdf": Permission.REQUEST,
    "POST /api/exports/pdf/preview": Permission.REQUEST,
    "GET /api/exports/pdf/{job_id}": Permission.REQUEST,
    "GET /api/exports/schedules": Permission.REQUEST,
    "POST /api/exports/schedules": Permission.REQUEST,
    "DELETE /api/exports/schedules/{id}": Permission.REQUEST,
    "POST /api/exports/schedules/{id}/pause": Permission.REQUEST,
    "POST /api/exports/schedules/{id}/restore": Permission.REQUEST,
    "POST /api/exports/schedules/{id}/resume": Permission.REQUEST,
    "POST /api/exports/schedules/{id}/send": Permission.REQUEST,
    "GET /api/exports/surveys/{survey}/{filename}": Permission.VIEW,
    "POST /api/exports/zip": Permission.REQUEST,
    "POST /api/exports/zip/preview": Permission.REQUEST,
    "GET /api/exports/zip/{job_id}": Permission.REQUEST,
    "DELETE /api/exports/{job_id}": Permission.REQUEST,
    "POST /api/exports/{job_id}/cancel": Permission.REQUEST,
    "POST /api/exports/{job_id}/rebuild": Permission.REQUEST,
    "POST /api/exports/{job_id}/restore": Permission.REQUEST,
    "GET /api/images": Permission.VIEW,
    "GET /api/images/{id}": Permission.VIEW,
    "GET /api/images/{image}/file": Permission.VIEW,
    "GET /api/images/{image}/thumbnail": Permission.VIEW,
    "GET /api/imports": Permission.VIEW,
    "GET /api/imports/{id}": Permission.VIEW,
    "GET /api/imports/{id}/problems": Permission.VIEW,
    "POST /api/imports/{key}/undo": Permission.MANAGE,
    "GET /api/operations": Permission.VIEW,
    "GET /api/operations/{id}": Permission.VIEW,
    "GET /api/operations/{id}/events": Permission.VIEW,
    "GET /api/outages": Permission.VIEW,
    "GET /api/outages/{id}": Permission.VIEW,
    "POST /api/outages/{outage}/edit": Permission.MANAGE,
    "POST /api/outages/{outage}/remove": Permission.MANAGE,
    "GET /api/repeats": Permission.VIEW,
    "GET /api/repeats/{id}": Permission.VIEW,
    "POST /api/repeats/{repeat}/answer": Permission.REVIEW,
    "POST /api/review/annotate": Permission.REVIEW,
    "POST /api/review/assign": Permission.REVIEW,
    "POST /api/review/assign-group": Permission.REVIEW,
    "POST /api/review/confirm": Permission.REVIEW,
    "POST /api/review/correct-class": Permission.REVIEW,
    "POST /api/review/delete-boxes": Permission.REVIEW,
    "POST /api/review/draw-box": Permission.REVIEW,
    "POST /api/review/drop-reference": Permission.REVIEW,
    "POST /api/review/edit-deer": Permission.REVIEW,
    "POST /api/review/enrol": Permission.REVIEW,
    "GET /api/review/groups": Permission.REVIEW,
    "POST /api/review/invalidate": Permission.REVIEW,
    "POST /api/review/keep-apart": Permission.REVIEW,
    "POST /api/review/keep-label": Permission.REVIEW,
    "GET /api/review/labels": Permission.REVIEW,
    "POST /api/review/make-valid": Permission.REVIEW,
    "POST /api/review/merge": Permission.REVIEW,
    "POST /api/review/move-box": Permission.REVIEW,
    "POST /api/review/name-group": Permission.REVIEW,
    "POST /api/review/new-deer": Permission.REVIEW,
    "GET /api/review/next": Permission.REVIEW,
    "POST /api/review/note-season": Permission.REVIEW,
    "POST /api/review/reject": Permission.REVIEW,
    "POST /api/review/set-camera": Permission.REVIEW,
    "POST /api/review/set-flank": Permission.REVIEW,
    "POST /api/review/split": Permission.REVIEW,
    "POST /api/review/split-sighting": Permission.REVIEW,
    "POST /api/review/undo": Permission.REVIEW,
    "GET /api/runs": Permission.VIEW,
    "GET /api/runs/{id}": Permission.VIEW,
    "GET /api/scores": Permission.VIEW,
    "GET /api/scores/{id}": Permission.VIEW,
    "GET /api/static/exports/{filename}": Permission.REQUEST,
    "GET /api/surveys": Permission.VIEW,
    "POST /api/surveys": Permission.MANAGE,
    "DELETE /api/surveys/{id}": Permission.MANAGE,
    "GET /api/surveys/{id}": Permission.VIEW,
    "POST /api/surveys/{id}/estimate": Permission.MANAGE,
    "GET /api/surveys/{id}/files/{package}": Permission.VIEW,
    "GET /api/surveys/{survey}/audit": Permission.VIEW,
    "POST /api/surveys/{survey}/audit/abandon": Permission.MANAGE,
    "POST /api/surveys/{survey}/audit/answer": Permission.REVIEW,
    "POST /api/surveys/{survey}/audit/close": Permission.REVIEW,
    "GET /api/surveys/{survey}/audit/next": Permission.REVIEW,
    "POST /api/surveys/{survey}/audit/open": Permission.REVIEW,
    "GET /api/surveys/{survey}/audit/profiles": Permission.REVIEW,
    "POST /api/surveys/{survey}/audit/undo": Permission.REVIEW,
    "GET /api/thresholds/": Permission.VIEW,
    "POST /api/thresholds/propose": Permission.MANAGE,
    "GET /api/thresholds/what-if": Permission.VIEW,
    "GET /api/thresholds/{id}": Permission.VIEW,
    "POST /api/thresholds/{id}/apply": Permission.MANAGE,
    "POST /api/thresholds/{id}/approve": Permission.MANAGE,
    "POST /api/thresholds/{id}/undo": Permission.MANAGE,
    "POST /api/thresholds/{id}/withdraw": Permission.MANAGE,
    "GET /api/watch": Permission.VIEW,
    "GET /api/watch/{id}": Permission.VIEW,
}
"""Operations, by method and address."""

READING: Final = (ApiToken.Scope.READ, ApiToken.Scope.WRITE)
READ_ONLY: Final = "This token may only read."
NOT_GRANTED: Final = "Your account may not do this: ask an administrator for another role."
NO_ROW: Final = "Nobody may ask for this: it is missing in the table of permissions."


@cache
def address_of(route: str) -> str:
    """The address as the OpenAPI document writes it, of a route as Django does."""
    path: str = EndpointEnumerator().get_path_from_regex(route)
    return path.replace("{pk}", "{id}")


class GrantedOperation(BasePermission):
    """Signed in, with a role that may do this, and with a token whose scope covers it."""

    message = NOT_GRANTED

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        method = request.method or ""
        if method in ("HEAD", "OPTIONS"):
            method = "GET"
        if isinstance(request.auth, ApiToken) and not _is_in_scope(request.auth, method):
            self.message = READ_ONLY
            return False
        match = request._request.resolver_match
        address = address_of(match.route) if match else ""
        permission = OPERATIONS.get(f"{method} {address}")
        if permission is not None:
            return is_granted(request.user, permission)
        if method not in view.allowed_methods and address in _addresses():
            return True  # to be told that there is no such method
        self.message = NO_ROW
        return False


def _is_in_scope(token: ApiToken, method: str) -> bool:
    if method in SAFE_METHODS:
        return token.scope in READING
    return token.scope == ApiToken.Scope.WRITE


@cache
def _addresses() -> frozenset[str]:
    return frozenset(operation.partition(" ")[2] for operation in OPERATIONS)
