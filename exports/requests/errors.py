"""Refusal of a request, with all that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework import status
from rest_framework.exceptions import APIException

if TYPE_CHECKING:
    from exports.requests.rules import RuleViolation


class RequestRefused(APIException):
    """400: every rule that the request breaks, in the order in which they are listed."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid"

    def __init__(self, violations: tuple[RuleViolation, ...]) -> None:
        super().__init__(violations[0].message, violations[0].code)
        self.errors = violations
