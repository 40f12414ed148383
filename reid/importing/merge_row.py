"""What one row of an import makes of a detection: a new one, or a stored one that it knows more of.

Nothing here reads or writes the database: fields are set on the rows in hand, and the writer writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from reid.importing.csv_and_folders import NOT_A_DEER
from reid.models import Detection
from reid.taxonomy import DEER, Classification

if TYPE_CHECKING:
    from reid.imaging.crops import Box
    from reid.importing.rows import Row
    from reid.models import Deer, EventLog, Image

_FLANK_SOURCE: Final = Detection.FlankSource
_SOURCE: Final = Detection.IdentitySource

Identity = tuple[UUID | None, str, bool]
"""Deer, identity source, and whether it is a reference."""
NOBODY: Final[Identity] = (None, _SOURCE.NONE, False)


@dataclass(frozen=True, slots=True)
class Addition:
    """What a row added to a stored detection.

    `writes`: its own row has to be written; `label`: its sighting gets a name; `asks_place`: a reference that
    shows another flank by now asks for that place in the gallery; `before`: its identity as it was, where that
    has changed.
    """

    writes: bool
    label: bool
    asks_place: bool
    before: Identity | None


def made(image: Image, row: Row, box: Box, deer: Deer | None) -> Detection:
    """A new detection of what the row says."""
    is_told = row.flank != Detection.Flank.UNKNOWN
    return Detection(
        image=image,
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        confidence=row.confidence,
        classification=row.classification.value,
        flank=row.flank,
        flank_source=_FLANK_SOURCE.IMPORTED if is_told else _FLANK_SOURCE.NONE,
        deer=deer,
        identity_source=_SOURCE.IMPORTED if deer else _SOURCE.NONE,
    )


def contradiction(found: Detection, row: Row, deer: Deer | None) -> str:
    """Why the row cannot be true of a stored detection, as a sentence; empty where it can."""
    shown = _shown(found, row)
    if deer is None or shown in DEER:
        return ""
    return NOT_A_DEER.format(name=shown.label, deer=deer)


def add(found: Detection, row: Row, deer: Deer | None) -> Addition:
    """Give a stored detection what the row knows more, and what it corrects of an earlier import."""
    shown = _shown(found, row)
    adds_class = _adds_class(found, row)
    adds_flank = row.flank != Detection.Flank.UNKNOWN and found.flank_source in (
        _FLANK_SOURCE.NONE,
        _FLANK_SOURCE.GUESSED,
    )
    before: Identity = (found.deer_id, found.identity_source, found.is_reference)
    asks_place = adds_flank and found.is_reference
    if adds_class:
        found.classification = row.classification.value
    if adds_flank:
        found.flank, found.flank_source = row.flank, _FLANK_SOURCE.IMPORTED
        found.scores_stale |= found.is_valid and shown in DEER
        found.is_reference = False
    is_renamed = False
    if deer is not None and found.identity_source != _SOURCE.REVIEWED:
        identity = (deer.pk, _SOURCE.IMPORTED)
        is_renamed = identity != before[:2]
        found.is_reference = found.is_reference and found.deer_id == deer.pk
        found.deer_id, found.identity_source = identity
    writes = adds_class or adds_flank or is_renamed
    found.version += writes
    return Addition(
        writes=writes,
        label=bool(row.sighting) and not (found.sighting and found.sighting.label),
        asks_place=asks_place,
        before=before if is_renamed or found.is_reference != before[2] else None,
    )


def note_identity(events: EventLog, found: Detection, before: Identity) -> None:
    """Note what an identity was, and is now by the detection's own fields: an event a field that differs."""
    fields = ("deer", "identity_source", "is_reference")
    after = (found.deer_id, found.identity_source, found.is_reference)
    events.note_changes(
        found.pk, dict(zip(fields, before, strict=True)), dict(zip(fields, after, strict=True))
    )


def _adds_class(found: Detection, row: Row) -> bool:
    """An animal is what nobody has told apart: any other word is news."""
    return found.classification == Classification.ANIMAL != row.classification


def _shown(found: Detection, row: Row) -> Classification:
    """The class that it has once the row is added."""
    own = row.classification.value if _adds_class(found, row) else found.classification
    return Classification(found.corrected_classification or own)
