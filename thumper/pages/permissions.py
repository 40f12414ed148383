"""Permissions of pages: one table of every address for people, with what it takes to open it.

An act (an address that changes something) has a row of its own. A page without a row is not served: a test says so
before a user can. Addresses below /api/ and /admin/ have their own checks.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.utils.translation import gettext_lazy as _

from reid.db.outage import is_away
from thumper.api.problems import database_away

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser, User
    from django.http import HttpRequest, HttpResponse
    from django.urls import ResolverMatch


class Permission(Enum):
    """What a page or an act asks of who opens it."""

    PUBLIC = "nothing: signing in itself, and links that are their own key"
    VIEW = "to look at the store"
    OWN = "to change what is one's own: password, settings, tokens, exports"
    REVIEW = "to say which deer it is, and to correct photographs"
    MANAGE = "to bring in and take away photographs, cameras, thresholds"
    ADMINISTER = "to look after the server: queues, accounts"


PAGES: Final[dict[str, Permission]] = {
    "home": Permission.VIEW,
    "remove-sample": Permission.MANAGE,
    "search": Permission.VIEW,
    "cameras": Permission.VIEW,
    "camera-places": Permission.VIEW,
    "camera": Permission.VIEW,
    "camera-edit": Permission.MANAGE,
    "camera-add-deployment": Permission.MANAGE,
    "camera-deployment": Permission.MANAGE,
    "camera-remove-deployment": Permission.MANAGE,
    "camera-add-outage": Permission.MANAGE,
    "camera-outage": Permission.MANAGE,
    "camera-remove-outage": Permission.MANAGE,
    "camera-clock": Permission.MANAGE,
    "camera-merge-page": Permission.MANAGE,
    "camera-undo-change": Permission.MANAGE,
    "camera-undo-merge": Permission.MANAGE,
    "camera-undo-correction": Permission.MANAGE,
    "camera-map": Permission.MANAGE,
    "camera-map-add": Permission.MANAGE,
    "camera-map-edges": Permission.MANAGE,
    "camera-map-use": Permission.MANAGE,
    "camera-map-none": Permission.MANAGE,
    "camera-map-picture": Permission.VIEW,
    "camera-map-tile": Permission.VIEW,
    "photographs": Permission.VIEW,
    "photograph": Permission.VIEW,
    "photographs-names": Permission.VIEW,
    "photographs-marked": Permission.REVIEW,
    "photographs-undo": Permission.REVIEW,
    "photograph-act": Permission.REVIEW,
    "deer": Permission.VIEW,
    "deer-more": Permission.VIEW,
    "deer-news-seen": Permission.OWN,
    "deer-profile": Permission.VIEW,
    "deer-pictures": Permission.VIEW,
    "deer-calendar": Permission.VIEW,
    "deer-look-alikes": Permission.VIEW,
    "deer-history": Permission.VIEW,
    "deer-edit": Permission.REVIEW,
    "deer-rename": Permission.REVIEW,
    "deer-season": Permission.REVIEW,
    "deer-portrait": Permission.REVIEW,
    "deer-reference": Permission.REVIEW,
    "deer-watch": Permission.OWN,
    "deer-undo": Permission.REVIEW,
    "deer-merge": Permission.REVIEW,
    "deer-split": Permission.REVIEW,
    "review": Permission.REVIEW,
    "decisions": Permission.REVIEW,
    "undo-decision": Permission.REVIEW,
    "audit": Permission.REVIEW,
    "labels": Permission.REVIEW,
    "exports": Permission.VIEW,
    "exports-list": Permission.VIEW,
    "report-page": Permission.VIEW,
    "export-cancelled": Permission.OWN,
    "export-again": Permission.OWN,
    "export-deleted": Permission.OWN,
    "export-restored": Permission.OWN,
    "report-shared": Permission.OWN,
    "schedules": Permission.OWN,
    "schedule-pause": Permission.OWN,
    "schedule-resume": Permission.OWN,
    "schedule-send": Permission.OWN,
    "schedule-delete": Permission.OWN,
    "schedule-restore": Permission.OWN,
    "shared-links": Permission.OWN,
    "deer-shared": Permission.OWN,
    "link-revoke": Permission.OWN,
    "link-reopen": Permission.OWN,
    "shared": Permission.PUBLIC,
    "shared-pdf": Permission.PUBLIC,
    "thresholds": Permission.VIEW,
    "threshold-act": Permission.MANAGE,
    "propose-threshold": Permission.MANAGE,
    "trends": Permission.VIEW,
    "imports": Permission.VIEW,
    "import": Permission.VIEW,
    "problems-of-import": Permission.VIEW,
    "undo-import": Permission.MANAGE,
    "import-new": Permission.MANAGE,
    "import-folder": Permission.MANAGE,
    "import-request": Permission.MANAGE,
    "import-progress": Permission.MANAGE,
    "import-columns": Permission.MANAGE,
    "import-answers": Permission.MANAGE,
    "import-clocks": Permission.MANAGE,
    "import-start": Permission.MANAGE,
    "import-cancel": Permission.MANAGE,
    "import-remove": Permission.MANAGE,
    "health": Permission.VIEW,
    "retry-job": Permission.ADMINISTER,
    "forget-job": Permission.ADMINISTER,
    "cancel-run": Permission.MANAGE,
    "retry-run": Permission.MANAGE,
    "account": Permission.OWN,
    "account-keys": Permission.OWN,
    "password": Permission.OWN,
    "tokens": Permission.OWN,
    "revoke-token": Permission.OWN,
    "sign-in": Permission.PUBLIC,
    "sign-out": Permission.PUBLIC,
}
"""Names of addresses and what each one asks."""

PROGRAMS: Final[dict[str, Permission]] = {
    "upload-files": Permission.MANAGE,
    "upload-file": Permission.MANAGE,
}
"""The same for addresses that programs open with a token too: their views ask, and lead nobody to the sign-in."""

_SIGNED_IN: Final = (Permission.VIEW, Permission.OWN, Permission.REVIEW, Permission.MANAGE)
NOT_YOURS: Final = _("Your account may not open this page.")


def is_granted(user: AbstractBaseUser | AnonymousUser, permission: Permission) -> bool:
    """Whether this user may: everybody who is signed in may do all but look after the server, which is for staff."""
    if permission is Permission.PUBLIC:
        return True
    if not user.is_authenticated:
        return False
    return permission in _SIGNED_IN or bool(getattr(user, "is_staff", False))


def signed_in(request: HttpRequest) -> User:
    """Who is signed in. Raises PermissionDenied where nobody is, which the table does not let come to a view."""
    if not request.user.is_authenticated:
        raise PermissionDenied(str(NOT_YOURS))
    return request.user


class PagePermissionMiddleware:
    """The table, obeyed before a view of a page runs: to the sign-in, or 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Raises PermissionDenied."""
        match: ResolverMatch | None = request.resolver_match
        permission = PAGES.get(match.view_name) if match else None
        try:
            if permission is None or is_granted(request.user, permission):
                return None
        except (
            Error
        ) as error:  # the first that is read; Django gives this to no `process_exception`
            if not is_away(error):
                raise
            return database_away(request, error)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied(str(NOT_YOURS))
