"""Views of one's own account: settings, password, tokens, sessions. Each changes what is the signed-in person's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from thumper.accounts import events
from thumper.accounts.roles import Permission, is_granted
from thumper.models import AccountEvent, ApiToken, Preference, Session
from thumper.pages.account.forms import KeysForm, PersonForm, TokenForm
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """GET: one's settings. POST: name and mail changed."""
    person = PersonForm(request.POST or None, instance=signed_in(request))
    if request.method == "POST" and person.is_valid():
        person.save()
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("account"))
    keys = KeysForm(preference=Preference.of(request.user))
    return _show(request, person=person, keys=keys)


@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """POST: keys of the review changed, or switched off."""
    preference = Preference.of(request.user)
    form = KeysForm(request.POST, preference=preference)
    if not form.is_valid():
        return _show(request, keys=form)
    values = {"uses_keys": form.cleaned_data["uses_keys"], "keys": form.chosen}
    Preference.objects.update_or_create(user=signed_in(request), defaults=values)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("account"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """GET: one's tokens. POST: a new one, whose key this one answer shows."""
    can_monitor = is_granted(request.user, Permission.ADMINISTER)
    form = TokenForm(request.POST or None, with_metrics=can_monitor)
    key = ""
    if request.method == "POST" and form.is_valid():
        _token, key = form.made_for(signed_in(request))
        form = TokenForm(with_metrics=can_monitor)
    own = ApiToken.objects.filter(user=request.user.pk).order_by("-created_at")
    return render(request, "account/tokens.html", {"form": form, "key": key, "tokens": own})


@require_POST
def revoke_token(request: HttpRequest, token: int) -> HttpResponse:
    """POST: one of one's own tokens deleted; whoever uses it is refused from now on."""
    deleted, _by_model = ApiToken.objects.filter(user=request.user.pk, pk=token).delete()
    if deleted:
        messages.success(request, _("The token is revoked."))
    else:
        messages.warning(request, _("This token was gone already."))
    return HttpResponseRedirect(reverse("tokens"))


@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """GET: the browsers in which one is signed in."""
    live = _own_sessions(request).order_by("-created_at")
    return render(
        request, "account/sessions.html", {"sessions": live, "this": request.session.session_key}
    )


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """POST: one of one's own browsers signed out."""
    handle = request.POST.get("session", "")
    ended = [one for one in _own_sessions(request) if constant_time_compare(one.handle, handle)]
    for one in ended:
        one.delete()
        events.record(AccountEvent.Kind.SESSIONS_ENDED, signed_in(request), one.browser)
    if ended:
        messages.success(request, _("It is signed out there."))
    else:
        messages.warning(request, _("It was signed out already."))
    return HttpResponseRedirect(reverse("sessions"))


def locked(request: HttpRequest, *_args: object) -> HttpResponse:
    """The answer to a sign-in after too many failures, right or wrong (AXES_LOCKOUT_CALLABLE)."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    response = render(request, "account/locked.html", {"pause_minutes": minutes}, status=429)
    response["Retry-After"] = str(60 * minutes)
    return response


class PasswordView(PasswordChangeView):
    """The password changed; other sessions of this person end."""

    template_name = "account/password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: object) -> HttpResponse:
        messages.success(
            self.request, _("The password is changed. Other sign-ins of yours have ended.")
        )
        return super().form_valid(form)  # type: ignore[arg-type]


def _own_sessions(request: HttpRequest) -> QuerySet[Session]:
    return Session.objects.filter(user=signed_in(request), expire_date__gt=timezone.now())


def _show(
    request: HttpRequest, person: PersonForm | None = None, keys: KeysForm | None = None
) -> HttpResponse:
    context = {
        "person": person or PersonForm(instance=signed_in(request)),
        "keys": keys or KeysForm(preference=Preference.of(request.user)),
    }
    return render(request, "account/account.html", context)
