"""Address of whoever sends a request, also behind a proxy."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the client. Behind a proxy it is the last one that the proxy names: earlier ones are the client's words."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:  # a unix socket has none
        return ""


def client_address_of_sign_in(request: HttpRequest) -> str | None:
    """The same as django-axes stores it, which knows no empty address."""
    return client_address(request) or None
