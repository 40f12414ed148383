"""Pages that show accounts: all of them, one with its sessions, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from thumper.accounts import roles
from thumper.models import AccountEvent
from thumper.pages.accounts.forms import NewAccountForm, RoleForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

PAGE: Final = 50
EVENTS_OF_ONE: Final = 20
NO_ROLE: Final = _("no role: may change its own settings alone")
Kind = AccountEvent.Kind
IN_WORDS: Final[dict[str, _StrPromise]] = {
    Kind.SIGNED_IN: _("signed in"),
    Kind.SIGNED_OUT: _("signed out"),
    Kind.SIGN_IN_FAILED: _("sign-in failed"),
    Kind.LOCKED_OUT: _("sign-in paused after too many failures"),
    Kind.ACCOUNT_MADE: _("account made"),
    Kind.ACCOUNT_DELETED: _("account deleted"),
    Kind.ROLES_CHANGED: _("roles changed"),
    Kind.RIGHTS_CHANGED: _("rights changed"),
    Kind.PASSWORD_CHANGED: _("password changed"),
    Kind.ACTIVATED: _("account opened again"),
    Kind.DEACTIVATED: _("account closed"),
    Kind.SESSIONS_ENDED: _("sessions ended"),
    Kind.TOKEN_MADE: _("token made"),
    Kind.TOKEN_REVOKED: _("token revoked"),
    Kind.EXPORT_CANCELLED: _("somebody's export cancelled"),
    Kind.QUEUE_CHANGED: _("queue changed"),
    Kind.PEOPLE_DELETED: _("photographs of people deleted"),
}
"""Kinds of events."""


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Everybody, and a form for one more."""
    return show_all(request, NewAccountForm())


@require_safe
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One account: role, password, sessions, and its last events."""
    return show_one(request, get_object_or_404(User, pk=key))


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What happened to accounts, the newest first; `before` is the number of the last one that was shown."""
    rows = AccountEvent.objects.order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: PAGE + 1])
    context = {
        "events": _told(page[:PAGE]),
        "next": page[PAGE - 1].pk if len(page) > PAGE else "",
    }
    return render(request, "pages/accounts/events.html", context)


def show_all(request: HttpRequest, form: NewAccountForm, status: int = 200) -> HttpResponse:
    """The list, with this form below it."""
    is_live = Q(sessions__expire_date__gt=timezone.now())
    rows = User.objects.order_by("username").prefetch_related("groups")
    rows = rows.annotate(live_sessions=Count("sessions", filter=is_live))
    context = {"rows": [(user, _role(user)) for user in rows], "form": form}
    return render(request, "pages/accounts/list.html", context, status=status)


def show_one(
    request: HttpRequest, user: User, password: SetPasswordForm[User] | None = None
) -> HttpResponse:
    """The page of one account, with this form for its password."""
    concerned = AccountEvent.objects.filter(Q(about=user) | Q(actor=user)).order_by("-pk")
    context: dict[str, Any] = {
        "account": user,
        "role": _role(user),
        "roles": RoleForm(initial={"role": roles.role_of(user)}),
        "password": password or SetPasswordForm(user),
        "sessions": user.sessions.filter(expire_date__gt=timezone.now()).order_by("-created_at"),
        "tokens": user.api_tokens.order_by("-created_at"),
        "events": _told(concerned[:EVENTS_OF_ONE]),
        "is_oneself": user.pk == request.user.pk,
    }
    return render(request, "pages/accounts/one.html", context)


def _role(user: User) -> str:
    role = roles.role_of(user)
    return str(roles.IN_WORDS[role] if role else NO_ROLE)


def _told(rows: Iterable[AccountEvent]) -> list[tuple[AccountEvent, str]]:
    return [(row, str(IN_WORDS[row.kind])) for row in rows]
