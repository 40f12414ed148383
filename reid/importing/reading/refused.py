"""Refusal of one file or row while it is read: the reason by which it is counted, and the sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.rows import RefusalReason

if TYPE_CHECKING:
    from reid.imaging.decoding import ImageProblem, ProblemReason

_REASONS: Final[dict[ProblemReason, RefusalReason]] = {
    "missing": RefusalReason.MISSING,
    "unreadable": RefusalReason.UNREADABLE,
    "changed": RefusalReason.UNREADABLE,
    "too_large": RefusalReason.TOO_LARGE,
    "outside": RefusalReason.OUTSIDE,
    "too_small": RefusalReason.OUTSIDE,
}


class RowRefused(Exception):
    """One file or row that is not imported, and why."""

    def __init__(self, reason: RefusalReason, text: str) -> None:
        super().__init__(text)
        self.reason: Final = reason
        self.text: Final = text

    @classmethod
    def of(cls, problem: ImageProblem) -> RowRefused:
        return cls(_REASONS[problem.reason], problem.detail or problem.reason)
