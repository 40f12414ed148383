"""Forms of accounts: a new one, and the role of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django import forms
from django.contrib.auth.forms import UserCreationForm, UsernameField
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from thumper.accounts import roles
from thumper.accounts.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CHOICES: Final[list[tuple[str, _StrPromise]]] = [
    (role.value, words) for role, words in roles.IN_WORDS.items()
]


class RoleForm(forms.Form):
    """The role of an account."""

    role = forms.ChoiceField(choices=CHOICES, label=_("Role"))

    @property
    def chosen(self) -> Role:
        return Role(self.cleaned_data["role"])


class NewAccountForm(UserCreationForm[User]):
    """A new account: name, mail, role, and a password that its owner changes."""

    usable_password = None  # everybody signs in with a password
    role = forms.ChoiceField(choices=CHOICES, initial=Role.VIEWER.value, label=_("Role"))

    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField}  # browsers know it for a name

    @property
    def chosen(self) -> Role:
        return Role(self.cleaned_data["role"])
