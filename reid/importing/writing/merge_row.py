"""Merging of an imported row: into a new detection, or a stored one that gains what the row knows.

Nothing here reads or writes the database: fields are set on the rows in hand, and the writer writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from reid.importing.rows import NOT_A_DEER, one_line
from reid.models import Detection
from reid.taxonomy import DEER, Classification

if TYPE_CHECKING:
    from reid.imaging.crops import Box
    from reid.importing.rows import Row
    from reid.models import Deer, EventLog, Image, Import

_FLANK_SOURCE: Final = Detection.FlankSource
_SOURCE: Final = Detection.IdentitySource
_LONGEST_LABEL: Final = Detection._meta.get_field("source_label").max_length or 0
_LONGEST_DETECTOR: Final = Detection._meta.get_field("detector").max_length or 0

Identity = tuple[UUID | None, str, bool]
"""Deer, identity source, and whether it is a reference."""
NOBODY: Final[Identity] = (None, _SOURCE.NONE, False)


@dataclass(frozen=True, slots=True)
class Addition:
    """Addition of a row to a stored detection.

    `writes`: it knows more, or is corrected; `rescores`: only what a detector says of itself has changed;
    in both cases its own row has to be written. `label`: its sighting gets a name; `asks_place`: a reference
    that shows another flank by now asks for that place in the gallery; `before`: its identity as it was, where
    that has changed.
    """

    writes: bool
    rescores: bool
    label: bool
    asks_place: bool
    before: Identity | None


def made(image: Image, row: Row, box: Box, deer: Deer | None, record: Import) -> Detection:
    """A new detection, of the row's values."""
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
        source_label=one_line(row.label, _LONGEST_LABEL),
        detector=one_line(row.detector, _LONGEST_DETECTOR),
        detected_by_id=row.detected_by,
        made_by_import=record,
    )


def contradiction(detection: Detection, row: Row, deer: Deer | None) -> str:
    """Why the row cannot be true of a stored detection, as a sentence; empty where it can."""
    classification = _shown(detection, row)
    if deer is None or classification in DEER:
        return ""
    return NOT_A_DEER.format(name=classification.label, deer=deer)


def add(detection: Detection, row: Row, deer: Deer | None) -> Addition:
    """Give a stored detection what the row knows more, and what it corrects of an earlier import."""
    classification = _shown(detection, row)
    adds_class = _adds_class(detection, row)
    adds_flank = row.flank != Detection.Flank.UNKNOWN and detection.flank_source in (
        _FLANK_SOURCE.NONE,
        _FLANK_SOURCE.GUESSED,
    )
    before: Identity = (detection.deer_id, detection.identity_source, detection.is_reference)
    asks_place = adds_flank and detection.is_reference
    if adds_class:
        detection.classification = row.classification.value
        detection.source_label = one_line(row.label, _LONGEST_LABEL)
        detection.classifier = detection.classifier_label = ""
    rescores = _rescore(detection, row)
    if adds_flank:
        detection.flank, detection.flank_source = row.flank, _FLANK_SOURCE.IMPORTED
        detection.scores_stale |= detection.is_valid and classification in DEER
        detection.is_reference = False
    is_renamed = False
    if deer is not None and detection.identity_source != _SOURCE.REVIEWED:
        identity = (deer.pk, _SOURCE.IMPORTED)
        is_renamed = identity != before[:2]
        detection.is_reference = detection.is_reference and detection.deer_id == deer.pk
        detection.deer_id, detection.identity_source = identity
    writes = adds_class or adds_flank or is_renamed
    detection.version += writes
    return Addition(
        writes=writes,
        rescores=rescores,
        label=bool(row.sighting) and not (detection.sighting and detection.sighting.label),
        asks_place=asks_place,
        before=before if is_renamed or detection.is_reference != before[2] else None,
    )


def may_be(detection: Detection, row: Row, deer: Deer | None, record: Import) -> bool:
    """Whether a row can be a stored detection whose box is a little elsewhere.

    Not where this very import has stored it: doubles lie together in a source, and went before. And not where
    the two are known to be two deer.
    """
    is_known = detection.identity_source in (_SOURCE.IMPORTED, _SOURCE.REVIEWED)
    is_other_deer = is_known and deer is not None and deer.pk != detection.deer_id
    is_of_this_import = detection.made_by_import_id == record.pk
    return not (is_other_deer or is_of_this_import or detection.hidden_at)


def keeps_review(detection: Detection, deer: Deer | None) -> bool:
    """Whether a person's word stands against the deer that a row names."""
    is_reviewed = detection.identity_source == _SOURCE.REVIEWED
    return is_reviewed and deer is not None and deer.pk != detection.deer_id


def note_identity(events: EventLog, found: Detection, before: Identity) -> None:
    """Note what an identity was, and is now by the detection's own fields: an event a field that differs."""
    fields = ("deer", "identity_source", "is_reference")
    after = (found.deer_id, found.identity_source, found.is_reference)
    events.note_changes(
        found.pk, dict(zip(fields, before, strict=True)), dict(zip(fields, after, strict=True))
    )


def _is_detectors(drawn: Row | Detection) -> bool:
    """Whether a detector drew the box: it says so, or is not quite sure, as people are."""
    return bool(drawn.detector) or drawn.confidence < 1.0


def _adds_class(detection: Detection, row: Row) -> bool:
    """Whether the row's class replaces the stored one.

    The class animal gives way to any more exact one. Between two runs of detectors the new class counts, where
    it is not less exact than the old one and the detection is no known deer.
    """
    old, new = Classification(detection.classification), row.classification
    if new in (old, Classification.ANIMAL):
        return False
    if old is Classification.ANIMAL:
        return True
    is_less_exact = new is Classification.UNKNOWN_DEER and old in DEER
    is_known = detection.deer_id is not None or bool(row.deer)
    return _is_detectors(detection) and _is_detectors(row) and not is_less_exact and not is_known


def _rescore(detection: Detection, row: Row) -> bool:
    """Take over how sure another run is, and whose run it was; whether that is anything new."""
    if not (_is_detectors(detection) and _is_detectors(row)) or not detection.is_valid:
        return False
    detector = one_line(row.detector, _LONGEST_DETECTOR) or detection.detector
    is_the_same = (row.confidence, detector) == (detection.confidence, detection.detector)
    if is_the_same and row.detected_by in (None, detection.detected_by_id):
        return False
    detection.confidence, detection.detector = row.confidence, detector
    if row.detector:  # a source that names no detector leaves the one that is named
        detection.detected_by_id = row.detected_by
    return True


def _shown(detection: Detection, row: Row) -> Classification:
    """The class that it has once the row is added."""
    own = row.classification.value if _adds_class(detection, row) else detection.classification
    return Classification(detection.corrected_classification or own)
