"""How the API's doors are described in its OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.extensions import OpenApiAuthenticationExtension

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass is untyped
    target_class = "thumper.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token made in the admin."}


class LoopbackScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass is untyped
    """The embedded mode asks this machine's own user for nothing: an empty requirement, no definition."""

    target_class = "thumper.access.LoopbackAuthentication"
    name = []

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        return {}

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return []
