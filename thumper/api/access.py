"""Access to the server: who may send a request, and as whom.

Production: a signed-in user or a token. What each may do says `thumper/api/permissions.py`. Embedded: requests from this very
machine act as the local user, and web pages of other sites are refused, which reach loopback
through the user's own browser: strict Host (ALLOWED_HOSTS), no forwarded headers, and no request that a
browser says another site made.
"""

from __future__ import annotations

import ipaddress
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpResponse, HttpResponseForbidden
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS

from thumper.accounts.addresses import client_address
from thumper.models import ApiToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser, User
    from django.http import HttpRequest
    from rest_framework.request import Request

logger = logging.getLogger(__name__)
FORWARDED_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
FOREIGN_REQUEST = "This request was made by another web site."
NOT_LOOPBACK = (
    "The embedded mode answers this machine only. "
    "Set THUMPER_MODE=production to serve other machines."
)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # a unix socket has no address; the embedded mode does not listen on one
        return False


def _is_foreign(request: HttpRequest) -> bool:
    """Whether a browser says that another site caused this request (following a link is fine)."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    is_link = request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if site not in ("none", "same-origin") and not is_link:
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.get_host()


def _or_local_user(user: AbstractBaseUser | AnonymousUser) -> Any:
    if user.is_authenticated:
        return user
    return get_user_model().objects.get(username=settings.LOCAL_USERNAME)


class LoopbackMiddleware:
    """In embedded mode: let this machine in as the local user, and nobody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.EMBEDDED:
            forwarded = any(header in request.headers for header in FORWARDED_HEADERS)
            if forwarded or not _is_loopback(request.META.get("REMOTE_ADDR", "")):
                return HttpResponseForbidden(NOT_LOOPBACK, content_type="text/plain")
            if _is_foreign(request):
                return HttpResponseForbidden(FOREIGN_REQUEST, content_type="text/plain")
            # Looked up only where the user is needed: /healthz answers without a database.
            request.user = cast("User", SimpleLazyObject(partial(_or_local_user, request.user)))
        return self.get_response(request)


class LoopbackAuthentication(BaseAuthentication):
    """The local user for the API. CSRF is what the middleware has just checked."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        user = getattr(request._request, "user", None)
        return (user, None) if settings.EMBEDDED and user and user.is_authenticated else None


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY`."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.for_key(key.strip())
        if token is None:
            logger.warning(
                "token refused: unknown or expired, from %s at %s",
                client_address(request),
                request.path,
            )
            raise AuthenticationFailed("The token is unknown or expired.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
