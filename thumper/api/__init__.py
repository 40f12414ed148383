"""API parts that every endpoint shares: access, parsing, problems, the OpenAPI document."""

from __future__ import annotations

__all__ = ["access", "openapi", "parsers", "problems", "root"]
