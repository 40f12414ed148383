"""People behind requests to the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from rest_framework.exceptions import NotAuthenticated

if TYPE_CHECKING:
    from rest_framework.request import Request


def signed_in(request: Request) -> User:
    """The person who asks. Raises NotAuthenticated (401) where nobody is signed in."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
