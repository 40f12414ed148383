"""API parts that every endpoint shares: access, parsing, problems, the OpenAPI document, the root."""

from __future__ import annotations

__all__ = [
    "access",
    "body_limit",
    "openapi",
    "parsers",
    "permissions",
    "problems",
    "root",
]
