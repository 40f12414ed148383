"""Views of uploads: the files of one import, and one file. Plain views, because the bodies are bytes and no JSON.

A browser is known by its session and proves with a CSRF token that a page of ours sends; a program sends a token of
the API with the scope `write`.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse, UnreadablePostError
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from reid.intake import figures, uploads
from reid.intake.refusals import IntakeRefused
from reid.models import ImportRequest
from thumper.accounts.roles import is_granted
from thumper.api.access import TokenAuthentication
from thumper.models import ApiToken
from thumper.pages.permissions import PROGRAMS
from thumper.tus import protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest

    from reid.models import UploadedFile

    View = Callable[..., HttpResponse]

SIGN_IN = "Sign in, or send a token of the API."
READ_ONLY = "This token may only read."
NOT_ALLOWED = "This account may not import."
FOREIGN = "This request is of no page of this server."
BROKEN = "The connection broke: go on where it ended."


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _why_not(request: HttpRequest) -> tuple[int, str] | None:
    """Status and sentence for whoever may not upload; None for whoever may."""
    if request.headers.get("Authorization", "").lower().startswith("bearer "):
        try:
            known = TokenAuthentication().authenticate(request)  # type: ignore[arg-type]
        except AuthenticationFailed as error:
            return 401, str(error.detail)
        user, token = known if known else (None, None)
        if token is None or user is None:
            return 401, SIGN_IN
        if token.scope != ApiToken.Scope.WRITE:
            return 403, READ_ONLY
        request.user = user
    elif not request.user.is_authenticated:
        return 401, SIGN_IN
    else:
        check = _CsrfCheck(lambda _: HttpResponse())
        check.process_request(request)
        if check.process_view(request, lambda _: HttpResponse(), (), {}):
            return 403, FOREIGN
    match = request.resolver_match
    asked = PROGRAMS[match.view_name if match else ""]
    return None if is_granted(request.user, asked) else (403, NOT_ALLOWED)


def _tus(view: View) -> View:
    """What every request of the protocol has in common: who sends it, its version, and how a refusal is answered."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, **keys: UUID) -> HttpResponse:
        if protocol.method_of(request) == "OPTIONS":
            return protocol.abilities()
        if problem := _why_not(request):
            return protocol.answer(*problem)
        try:
            return view(request, **keys)
        except protocol.BadRequest as bad:
            response = protocol.answer(bad.status, str(bad))
            if bad.status == 412:
                response["Tus-Version"] = protocol.VERSION
            return response
        except IntakeRefused as refusal:
            return protocol.refused(refusal)
        except UnreadablePostError:  # nobody reads this: the sender is gone
            return protocol.answer(400, BROKEN)

    return answered


@_tus
def files(request: HttpRequest, key: UUID) -> HttpResponse:
    """The files of one import: listed by GET as JSON, announced by POST."""
    row = get_object_or_404(ImportRequest, pk=key)
    if request.method == "GET":
        return JsonResponse(_listing(row))
    if protocol.method_of(request) != "POST":
        return HttpResponseNotAllowed(["GET", "POST", "OPTIONS"])
    protocol.require_version(request)
    announced = protocol.announced(request)
    file, is_new = uploads.begin(row, announced)
    if is_new and file.size and protocol.brings_bytes(request):
        checksum = protocol.checksum(request)
        at = uploads.append(file, 0, request, protocol.length(request), checksum)
    else:  # bytes for a file that was begun before are of its beginning: it goes on where it is
        at = uploads.offset_of(file)
    where = reverse("upload-file", args=[row.pk, file.pk])
    answer = protocol.answer(201, Location=where, Upload_Offset=at)
    if file.finished_at is None:
        answer["Upload-Expires"] = protocol.expiry(figures.expires_at(file))
    return answer


def _listing(row: ImportRequest) -> dict[str, Any]:
    """What has come already, so that a folder that is dropped again goes on; and the room on the disk."""
    disk, folder = figures.disk(), reverse("upload-files", args=[row.pk])
    files = row.files.order_by("path").values_list(
        "pk", "path", "size", "modified_ms", "sha256", "finished_at"
    )
    return {
        "free": disk.free,
        "chunk": settings.UPLOAD_CHUNK_BYTES,
        "may_change": row.may_change,
        "files": [
            {
                "path": path,
                "size": size,
                "modified": modified,
                "sha256": digest,
                "whole": finished_at is not None,
                "url": f"{folder}{key}/",
            }
            for key, path, size, modified, digest, finished_at in files.iterator(chunk_size=5_000)
        ],
    }


@_tus
def file(request: HttpRequest, key: UUID, file_key: UUID) -> HttpResponse:
    """One file: HEAD asks how much has come, PATCH brings more, DELETE takes it away."""
    protocol.require_version(request)
    row = uploads.find(key, file_key)
    match protocol.method_of(request):
        case "HEAD":
            return _told(row)
        case "PATCH":
            return _patched(request, row)
        case "DELETE":
            uploads.take_away(row)
            return protocol.answer(204)
    return HttpResponseNotAllowed(["HEAD", "PATCH", "DELETE", "OPTIONS"])


def _told(row: UploadedFile) -> HttpResponse:
    return protocol.answer(
        200,
        Upload_Offset=uploads.offset_of(row),
        Upload_Length=row.size,
        Upload_Expires=protocol.expiry(figures.expires_at(row)),
    )


def _patched(request: HttpRequest, row: UploadedFile) -> HttpResponse:
    at = uploads.append(
        row,
        protocol.offset(request),
        request,
        protocol.length(request),
        protocol.checksum(request),
    )
    answer = protocol.answer(204, Upload_Offset=at)
    if row.finished_at is None:
        answer["Upload-Expires"] = protocol.expiry(figures.expires_at(row))
    return answer
