"""Permissions of pages: one table of every address for people, with what it takes to open it.

An act (an address that changes something) has a row of its own. A page without a row is not served: a test says so
before a user can. Addresses below /api/ have their own table
(`thumper/api/permissions.py`), and the admin asks for permissions of its models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.utils.translation import gettext_lazy as _

from reid.db.outage import is_away
from thumper.accounts import events
from thumper.accounts.roles import Permission, is_granted
from thumper.api.problems import database_away
from thumper.models import AccountEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse
    from django.urls import ResolverMatch


PAGES: Final[dict[str, Permission]] = {
    "home": Permission.VIEW,
    "remove-sample": Permission.MANAGE,
    "search": Permission.VIEW,
    "cameras": Permission.VIEW,
    "camera-places": Permission.VIEW,
    "camera": Permission.VIEW,
    "camera-edit": Permission.MANAGE,
    "camera-history": Permission.VIEW,
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
    "photograph-history": Permission.VIEW,
    "photographs-marked": Permission.REVIEW,
    "photographs-undo": Permission.REVIEW,
    "photographs-repeats": Permission.VIEW,
    "photographs-repeat": Permission.REVIEW,
    "photograph-act": Permission.REVIEW,
    "deer": Permission.VIEW,
    "deer-more": Permission.VIEW,
    "deer-names": Permission.VIEW,
    "deer-news-seen": Permission.REQUEST,
    "deer-profile": Permission.VIEW,
    "deer-pictures": Permission.VIEW,
    "deer-calendar": Permission.VIEW,
    "deer-look-alikes": Permission.VIEW,
    "deer-places": Permission.VIEW,
    "deer-history": Permission.VIEW,
    "deer-edit": Permission.REVIEW,
    "deer-rename": Permission.REVIEW,
    "deer-sex": Permission.REVIEW,
    "deer-season": Permission.REVIEW,
    "deer-portrait": Permission.REVIEW,
    "deer-reference": Permission.REVIEW,
    "deer-watch": Permission.REQUEST,
    "deer-undo": Permission.REVIEW,
    "deer-merge": Permission.REVIEW,
    "deer-split": Permission.REVIEW,
    "surveys": Permission.VIEW,
    "survey": Permission.VIEW,
    "survey-places": Permission.VIEW,
    "survey-progress": Permission.VIEW,
    "survey-compare": Permission.VIEW,
    "survey-new": Permission.MANAGE,
    "estimate-survey": Permission.MANAGE,
    "survey-delete": Permission.MANAGE,
    "review": Permission.REVIEW,
    "decisions": Permission.REVIEW,
    "undo-decision": Permission.REVIEW,
    "audit": Permission.REVIEW,
    "survey-audit": Permission.REVIEW,
    "labels": Permission.REVIEW,
    "exports": Permission.REQUEST,
    "exports-list": Permission.REQUEST,
    "report-page": Permission.REQUEST,
    "export-cancelled": Permission.REQUEST,
    "export-again": Permission.REQUEST,
    "export-deleted": Permission.REQUEST,
    "export-restored": Permission.REQUEST,
    "report-shared": Permission.REQUEST,
    "schedules": Permission.REQUEST,
    "schedule-pause": Permission.REQUEST,
    "schedule-resume": Permission.REQUEST,
    "schedule-send": Permission.REQUEST,
    "schedule-delete": Permission.REQUEST,
    "schedule-restore": Permission.REQUEST,
    "shared-links": Permission.REQUEST,
    "deer-shared": Permission.REQUEST,
    "link-revoke": Permission.REQUEST,
    "link-reopen": Permission.REQUEST,
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
    "undo-import-progress": Permission.MANAGE,
    "import-new": Permission.MANAGE,
    "import-folder": Permission.MANAGE,
    "import-table": Permission.MANAGE,
    "import-request": Permission.MANAGE,
    "import-progress": Permission.MANAGE,
    "import-columns": Permission.MANAGE,
    "import-answers": Permission.MANAGE,
    "import-clocks": Permission.MANAGE,
    "import-start": Permission.MANAGE,
    "import-cancel": Permission.MANAGE,
    "import-go-on": Permission.MANAGE,
    "import-remove": Permission.MANAGE,
    "health": Permission.VIEW,
    "retry-job": Permission.ADMINISTER,
    "forget-job": Permission.ADMINISTER,
    "cancel-run": Permission.MANAGE,
    "use-detector": Permission.MANAGE,
    "retry-run": Permission.MANAGE,
    "account": Permission.OWN,
    "account-keys": Permission.OWN,
    "password": Permission.OWN,
    "tokens": Permission.OWN,
    "revoke-token": Permission.OWN,
    "sessions": Permission.OWN,
    "end-session": Permission.OWN,
    "accounts": Permission.ADMINISTER,
    "account-one": Permission.ADMINISTER,
    "account-made": Permission.ADMINISTER,
    "account-role": Permission.ADMINISTER,
    "account-active": Permission.ADMINISTER,
    "account-password": Permission.ADMINISTER,
    "account-sessions-ended": Permission.ADMINISTER,
    "account-events": Permission.ADMINISTER,
    "sign-in": Permission.PUBLIC,
    "sign-out": Permission.PUBLIC,
}
"""Names of addresses and what each one asks."""

PROGRAMS: Final[dict[str, Permission]] = {
    "upload-files": Permission.MANAGE,
    "upload-file": Permission.MANAGE,
    "metrics": Permission.ADMINISTER,
}
"""The same for addresses that programs open with a token too: their views ask, and lead nobody to the sign-in."""

QUEUES_IN_ADMIN: Final = "admin/django_rq/"
IN_ADMIN: Final[dict[str, Permission]] = {
    QUEUES_IN_ADMIN: Permission.ADMINISTER,
    "admin/live-exports/": Permission.ADMINISTER,
}
"""The same for the parts of the admin that ask for no permission of a model, by the beginnings of their addresses."""

NOT_YOURS: Final = _("Your account may not open this page.")


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
        permission = _asked(request.resolver_match)
        try:
            if permission is None or is_granted(request.user, permission):
                _note(request)
                return None
        except Error as error:
            # The first that is read of the database; Django gives this to no `process_exception`.
            if not is_away(error):
                raise
            return database_away(request, error)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied(str(NOT_YOURS))


def _asked(match: ResolverMatch | None) -> Permission | None:
    """What is asked of whoever comes here; None where the view asks for itself."""
    if match is None:
        return None
    in_admin = (IN_ADMIN[start] for start in IN_ADMIN if match.route.startswith(start))
    return PAGES.get(match.view_name) or next(in_admin, None)


def _note(request: HttpRequest) -> None:
    """An act on the queues in the admin, kept in the audit log: these views of another package tell nobody."""
    match = request.resolver_match
    if request.method == "POST" and match and match.route.startswith(QUEUES_IN_ADMIN):
        events.record(AccountEvent.Kind.QUEUE_CHANGED, detail=request.path_info)
