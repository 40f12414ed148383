"""People who act on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from django.http import HttpRequest


def person(request: HttpRequest) -> User:
    """Who acts. Raises PermissionDenied for nobody, whom the table of permissions never lets in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
