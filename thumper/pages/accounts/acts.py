"""Acts on accounts: made, given a role, closed and opened again, given a password, signed out everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from thumper.accounts import events, roles
from thumper.models import AccountEvent
from thumper.pages.accounts import lists
from thumper.pages.accounts.forms import NewAccountForm, RoleForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LAST_ONE = gettext_lazy(
    "Nobody else looks after accounts: make another account an administrator first."
)


@sensitive_post_parameters()
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """POST: a new account with its role."""
    form = NewAccountForm(request.POST)
    if not form.is_valid():
        return lists.show_all(request, form, status=400)
    with transaction.atomic():
        user = form.save()
        roles.give(user, form.chosen)
    messages.success(
        request, _("The account is made. Tell its owner the password: it can be changed.")
    )
    return _to(user)


@require_POST
def change_role(request: HttpRequest, key: int) -> HttpResponse:
    """POST: another role for this account."""
    user = get_object_or_404(User, pk=key)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles."))
        return _to(user)
    try:
        roles.give(user, form.chosen)
    except roles.LastAdministrator:
        messages.error(request, str(LAST_ONE))
    else:
        messages.success(request, _("The role is changed."))
    return _to(user)


@require_POST
def change_active(request: HttpRequest, key: int) -> HttpResponse:
    """POST: the account closed, or with `do` open opened again. A closed one is signed out at once, and its tokens open nothing."""
    user = get_object_or_404(User, pk=key)
    is_opened = request.POST.get("do") == "open"
    try:
        with transaction.atomic():
            if not is_opened:
                roles.keep_one_administrator(besides=user)
                user.sessions.all().delete()
            user.is_active = is_opened
            user.save(update_fields=["is_active"])
    except roles.LastAdministrator:
        messages.error(request, str(LAST_ONE))
    else:
        said = _("The account is open again.") if user.is_active else _("The account is closed.")
        messages.success(request, said)
    return _to(user)


@sensitive_post_parameters()
@require_POST
def set_password(request: HttpRequest, key: int) -> HttpResponse:
    """POST: a new password, for whoever forgot it. Where it was signed in, it is no more."""
    user = get_object_or_404(User, pk=key)
    form = SetPasswordForm(user, request.POST)
    if not form.is_valid():
        return lists.show_one(request, user, form)
    form.save()
    if user.pk == request.user.pk:
        update_session_auth_hash(request, user)
    messages.success(request, _("The password is set. Tell it to the owner, who can change it."))
    return _to(user)


@require_POST
def end_sessions(request: HttpRequest, key: int) -> HttpResponse:
    """POST: the account signed out everywhere, but for the browser that asks."""
    user = get_object_or_404(User, pk=key)
    ended, _by_model = user.sessions.exclude(pk=request.session.session_key).delete()
    events.record(AccountEvent.Kind.SESSIONS_ENDED, user, str(ended))
    messages.success(request, _("It is signed out everywhere else."))
    return _to(user)


def _to(user: User) -> HttpResponse:
    return HttpResponseRedirect(reverse("account-one", args=[user.pk]))
