"""Session of an analysis: its space, its threshold, its read-only transaction, and its error class."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from reid.db import query_plans
from reid.embedding.spaces import find
from reid.identifying.thresholds import Proof, override_note, validity
from reid.models import EmbeddingSpace, Threshold, threshold_override
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reid.identifying.thresholds import Validity


NO_SPACE = "No embedding space is active yet: run identify_detections first."


NOTHING_LOGGED = "No eligible sighting has a score in this space: run identify_detections first."


class AnalysisError(Exception):
    """The analysis cannot be made; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ActiveThreshold:
    """The threshold that a person approved, in score units: what analysis compares with.

    `origin` says where it comes from, for people to read. Without a `row` nothing is approved, and `units` are the
    what-if value that never assigns. `override` are those of REID_THRESHOLD, which runs use instead, unproven.
    """

    units: int
    origin: str
    row: Threshold | None = None
    validity: Validity | None = None
    override: int | None = None

    @property
    def is_approved(self) -> bool:
        return self.row is not None


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """A block in which the database refuses to write; on PostgreSQL it also sees one moment only.

    On SQLite it opens no transaction: here each one begins with the write lock, for which a report has
    no use.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        # Past Django's cursor, which refuses after an error inside a transaction: the ban must end.
        connection.connection.execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            connection.connection.execute("PRAGMA query_only = OFF")
        return
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        moment = "ISOLATION LEVEL REPEATABLE READ, " if is_outermost else ""
        cursor.execute(f"SET TRANSACTION {moment}READ ONLY")
        with query_plans.whole():
            yield
        # There is nothing to commit, and rolling back gives an enclosing transaction its writes back.
        transaction.set_rollback(True)


def find_space(name: str = "") -> EmbeddingSpace:
    """The space of that name or start of its fingerprint; the active one where no name is given.

    Raises AnalysisError where there is none, or more than one.
    """
    if name:
        try:
            return find(name)
        except LookupError as error:
            raise AnalysisError(str(error)) from error
    active = EmbeddingSpace.objects.active()
    if active is None:
        raise AnalysisError(NO_SPACE)
    return active


def active_threshold(space: EmbeddingSpace) -> ActiveThreshold:
    """What a person approved in `space`, else the what-if value that never assigns; and what overrides it."""
    row = Threshold.objects.in_force(space)
    note = override_note()
    if row is None:
        units = round(settings.REID_WHAT_IF_THRESHOLD * SCORE_UNITS)
        return ActiveThreshold(units, _joined("not approved", note), override=threshold_override())
    current = validity(row)
    doubt = "" if current.proof is Proof.PROVEN else f", {current}"
    origin = _joined(f"approved by {row.approved_by}{doubt}", note)
    return ActiveThreshold(row.units, origin, row, current, threshold_override())


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))
