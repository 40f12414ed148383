"""API tokens for tests."""

from __future__ import annotations

from typing import Any

from thumper.models import ApiToken


def issue(**fields: Any) -> str:
    """The key of a new token."""
    token = ApiToken(**fields)
    key = token.new_key()
    token.save()
    return key
