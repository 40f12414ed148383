"""Session of an analysis: its scorer, its threshold, its read-only transaction, and its error class."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from reid.db import query_plans
from reid.embedding import spaces
from reid.identifying.thresholds import Proof, override_note, validity
from reid.models import Scorer, Threshold, threshold_override
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reid.identifying.thresholds import Validity
    from reid.strata import Stratum


NO_SCORER = "No scorer is active yet: run identify_detections first."


NOTHING_LOGGED = (
    "No eligible sighting has a score yet: name some deer in the review. Sightings are compared with them within the hour, or at once "
    "by identify_detections."
)


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

    @property
    def only(self) -> Stratum | None:
        """The stratum of sightings that it assigns; None: all."""
        return self.row.only if self.row else None


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


def find_scorer(*, scorer: str = "", space: str = "") -> Scorer:
    """The scorer that is named, or that of the space that is named; the active one where neither is.

    Raises AnalysisError where there is none, or more than one.
    """
    try:
        found = spaces.find_scorer(scorer=scorer, space=space) or Scorer.objects.active()
    except LookupError as error:
        raise AnalysisError(str(error)) from error
    if found is None:
        raise AnalysisError(NO_SCORER)
    return found


def active_threshold(scorer: Scorer) -> ActiveThreshold:
    """What a person approved for `scorer`, else the what-if value that never assigns; and what overrides it."""
    row = Threshold.objects.in_force(scorer)
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
