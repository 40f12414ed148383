"""OpenAPI document of the API: how endpoints, and the errors that they share, are described."""

from __future__ import annotations

from typing import Any, Final, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from exports.api.answers import ProblemAnswer
from exports.api.openapi import PROBLEM_TYPE

REFUSALS: Final = {
    "400": "What is asked for is malformed; each fault is named.",
    "401": "Nobody is signed in, or the token is unknown or expired.",
    "403": "Not allowed: the account's role or the token's scope does not cover it, or another web site asked.",
    "404": "There is nothing at this address.",
    "405": "The address knows no such method.",
}
OF_BODIES: Final = {
    "413": "The body is larger than JSON_MAX_BYTES.",
    "415": "The body is no JSON.",
}


class ThumperSchema(AutoSchema):
    """Every refusal is a problem (RFC 9457), and where a view names none itself, those of every address are named.

    Query parameters are described by the serializer that reads them: a view's `query`.
    """

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = super().get_override_parameters()
        query = self._query()
        return parameters if query is None else [*parameters, query]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        """What a view says for readers in `extend_schema`, which comes before this; never a docstring of the code."""
        return ""

    def _query(self) -> Any:
        # By name: the views need this module before their own is whole.
        return getattr(self.view, "query", lambda: None)()

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        refusals = [status for status in bodies if status.startswith(("4", "5"))]
        for status in refusals:
            content = bodies[status].get("content", {})
            if "application/json" in content:
                content[PROBLEM_TYPE] = content.pop("application/json")
        explicit = any(PROBLEM_TYPE in bodies[status].get("content", {}) for status in refusals)
        takes_body = self.method == "POST" and self.get_request_serializer() is not None
        # Whatever a view says of itself: an id may be none, and a body or a query may be malformed.
        certain = {"404": "{" in self.path, "400": takes_body or self._query() is not None}
        named = REFUSALS | OF_BODIES if takes_body else REFUSALS
        for status, text in named.items():
            if status not in bodies and (certain.get(status, True) or not explicit):
                answer = OpenApiResponse(ProblemAnswer, text)
                described = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    answer, status, [PROBLEM_TYPE], direction
                )
                bodies[status] = described
        return bodies


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass is untyped
    target_class = "thumper.api.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token, made under Your settings, Tokens.",
        }


class LoopbackScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass is untyped
    """The embedded mode asks this machine's own user for nothing: an empty requirement, no definition."""

    target_class = "thumper.api.access.LoopbackAuthentication"
    name = []

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        return {}

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return []
