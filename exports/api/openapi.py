"""OpenAPI responses that every export endpoint shares: problems and headers."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from exports.api.answers import ProblemAnswer
from exports.api.errors import NO_ESTIMATES
from exports.lifecycle import errors
from reid.api.pictures.byte_ranges import RANGE_OUTSIDE

PROBLEM_TYPE: Final = "application/problem+json"
KEY_PATTERN: Final = "[\\x20-\\x7e]{1,255}"

_Answers = dict[Any, Any]  # drf-spectacular takes a status, or a status with a media type


def _problem(status: int, text: str) -> _Answers:
    return {(status, PROBLEM_TYPE): OpenApiResponse(ProblemAnswer, text)}


# 401, 403 and 405, which every address shares, and 413 and 415 of bodies are the schema class's (settings).
ALWAYS: Final = _problem(503, "The job queue does not answer; see Retry-After.")
ONE: Final = _problem(404, errors.NOT_FOUND) | _problem(500, errors.UNREADABLE) | ALWAYS
BUSY: Final = (
    _problem(400, "Every rule that the request breaks.")
    | _problem(409, f"{errors.KEY_REUSED} {errors.KEY_SPENT}")
    | _problem(429, "Too many exports run or were started; see Retry-After.")
    | _problem(507, errors.DISK_FULL)
)
NEW: Final = BUSY | ALWAYS
FILE: Final = _problem(409, "Not ready, or failed.") | _problem(416, RANGE_OUTSIDE) | ONE
NUMBERS: Final = _problem(404, "There is no such survey, or no such file.") | _problem(
    409, NO_ESTIMATES
)

KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="For a day, the same request with the same key is given the first answer again.",
)
