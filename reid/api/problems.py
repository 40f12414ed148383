"""Problems of the endpoints that change the store: the responses to refused requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from rest_framework import serializers, status
from rest_framework.exceptions import APIException

from reid.reviewing import NEAR, NearNames

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from reid.reviewing import FieldChange, ReviewError, ReviewRefused


@dataclass(frozen=True, slots=True)
class ReviewViolation:
    """One thing that stands against a review; of a change also who made it, when and in which operation.

    Where a name is nearly that of a deer, that `deer` and its `name`.
    """

    code: str
    field: str
    message: str
    before: Any = None
    after: Any = None
    by: str = ""
    at: datetime | None = None
    operation: UUID | None = None
    deer: UUID | None = None
    name: str = ""

    @classmethod
    def of(cls, change: FieldChange, code: str) -> Self:
        return cls(
            code=code,
            field=f"{change.subject}.{change.id}.{change.field}",
            message=str(change),
            before=change.before,
            after=change.after,
            by=change.by,
            at=change.at,
            operation=change.operation,
        )


class ConflictProblem(APIException):
    """409: what the store says, or what happened since, forbids it."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class ReviewConflictProblem(APIException):
    """409: somebody changed it first, or the record says otherwise; `errors` lists what is known of it."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, error: ReviewError, code: str, changes: Sequence[FieldChange] = ()) -> None:
        super().__init__(str(error), code)
        listed = tuple(ReviewViolation.of(change, code) for change in changes)
        self.errors = listed or (ReviewViolation(code, "", str(error)),)


class ReviewRefusedProblem(APIException):
    """409 where the record contradicts the review, or another deer may be meant, else 400: it makes no sense itself.

    Where another deer may be meant, each of `errors` is one that may be.
    """

    def __init__(self, error: ReviewRefused) -> None:
        is_conflict = error.code in ("conflict", NEAR)
        self.status_code = status.HTTP_409_CONFLICT if is_conflict else status.HTTP_400_BAD_REQUEST
        super().__init__(str(error), error.code)
        near = error.near if isinstance(error, NearNames) else ()
        asked = tuple(
            ReviewViolation(NEAR, error.field, one.name, deer=one.deer, name=one.name)
            for one in near
        )
        self.errors = asked or (ReviewViolation(error.code, error.field, str(error)),)


class ReviewProblem(serializers.Serializer[Any]):
    """A problem (RFC 9457); where somebody was faster each error says what changed, by whom and when."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors: Any = serializers.ListField(child=serializers.DictField())
