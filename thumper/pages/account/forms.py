"""Forms of the account pages: one's name and mail, keys of the review, and new tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from thumper.models import ApiToken, Preference
from thumper.pages.account.review_keys import ACTIONS, REVIEW_KEYS, problem_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DAYS: Final = {30: _("30 days"), 90: _("90 days"), 365: _("one year")}
"""For how long a new token may be used; TOKEN_DAYS, which is chosen where nobody chooses, comes to them."""


class PersonForm(forms.ModelForm["User"]):
    """Name and mail of the account's owner."""

    class Meta:
        model = get_user_model()
        fields = ("first_name", "last_name", "email")
        labels = {"first_name": _("First name"), "last_name": _("Last name"), "email": _("E-mail")}
        help_texts = {
            "email": _("Reports that are ready, and alerts you ask for, are mailed there.")
        }


class KeysForm(forms.Form):
    """Keys of the review: whether there are any, and which does what."""

    uses_keys = forms.BooleanField(
        required=False, label=_("Decide by single keys in the review, the audit and the doubts")
    )

    def __init__(self, data: Any = None, *, preference: Preference) -> None:
        initial = {"uses_keys": preference.uses_keys, **preference.keys}
        super().__init__(data, initial=initial)
        for action, label in ACTIONS.items():
            self.fields[action] = forms.CharField(
                max_length=1, min_length=1, label=label, initial=REVIEW_KEYS[action]
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        chosen = {action: data[action].lower() for action in ACTIONS if data.get(action)}
        if problem := problem_of(chosen):
            raise forms.ValidationError(problem)
        return data | chosen

    @property
    def chosen(self) -> dict[str, str]:
        """The keys that differ from the usual ones, by action."""
        keys = {action: self.cleaned_data[action] for action in ACTIONS}
        return {action: key for action, key in keys.items() if key != REVIEW_KEYS[action]}


SCOPES: Final = [
    (ApiToken.Scope.READ, _("only read")),
    (ApiToken.Scope.WRITE, _("read and change")),
]
"""What everybody's token may be for."""


def _usual() -> int:
    return int(settings.TOKEN_DAYS)


def _days() -> list[tuple[int, str]]:
    usual = {_usual(): ngettext("%(days)s day", "%(days)s days", _usual()) % {"days": _usual()}}
    return sorted((days, str(label)) for days, label in (usual | DAYS).items())


class TokenForm(forms.Form):
    """A new token: what it is for, what it may do, and for how long."""

    name = forms.CharField(max_length=100, label=_("What is it for?"))
    scope = forms.ChoiceField(
        choices=[*SCOPES, (ApiToken.Scope.METRICS, _("metrics alone, for monitoring"))],
        label=_("It may"),
    )
    days = forms.TypedChoiceField(
        coerce=int, choices=_days, initial=_usual, label=_("It ends after")
    )

    def __init__(self, *args: Any, with_metrics: bool, **kwargs: Any) -> None:
        """`with_metrics`: its owner may read the metrics, and so may his token."""
        super().__init__(*args, **kwargs)
        if not with_metrics:
            scopes = cast("forms.ChoiceField", self.fields["scope"])
            scopes.choices = SCOPES

    def made_for(self, user: User) -> tuple[ApiToken, str]:
        """The stored token, and its key, which nothing can show again."""
        data = self.cleaned_data
        ends = timezone.now() + timedelta(days=data["days"])
        token = ApiToken(user=user, name=data["name"], scope=data["scope"], expires_at=ends)
        key = token.new_key()
        token.save()
        return token, key
