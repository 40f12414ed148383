"""Contradictions about deer in a source: one animal on two boxes of a photograph, or once a buck and once a doe.

They are noted, and nothing of them becomes a reference: what stands in a gallery for the wrong animal draws others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.db.models import F

from reid.imaging.crops import Box
from reid.importing.rows import Note
from reid.importing.writing.overlaps import may_be_same_place
from reid.models import Detection, EventLog
from reid.taxonomy import Classification, Sex, contradicts
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from reid.importing.reading.readings import Reading
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row
    from reid.models import Deer, Operation

KIND_TWICE: Final = "one deer on two boxes of a photograph"
KIND_SEXES: Final = "one deer called buck and doe"
TWICE: Final = (
    "{path}: the deer {deer} is on {count:box|boxes} (lines {lines}), and one animal is only once on a photograph. "
    "These are imported without a deer: correct the lines and import the file again."
)
TWICE_STORED: Final = (
    "{path}: the deer {deer} (line {lines}) is on another box of this photograph already. This one is imported "
    "without a deer: correct the line and import the file again, or review the other box."
)
SEXES: Final = (
    "{path}: the deer {deer} is a {sex} in line {line}, and a {other} {where}. Nothing of it becomes a reference: "
    "correct the classes or the names, and import the file again."
)
ON_LINE: Final = "in line {line}"
BEFORE: Final = "by what is stored"

_Stored = tuple[Box, Detection]
_REVIEWED: Final = Detection.IdentitySource.REVIEWED
_SEXED: Final = (Classification.BUCK.value, Classification.DOE.value)


class Contradictions:
    """What one import has said of deer until now, and which of them it contradicts itself about."""

    def __init__(self, tally: ReportBuilder) -> None:
        self._tally = tally
        self._sexes: dict[UUID, tuple[str, str]] = {}
        """What each deer was called first, and where."""
        self._doubtful: set[UUID] = set()
        """Deer of which this import makes no reference."""
        self._undropped: set[UUID] = set()

    def settle(self, readings: Sequence[Reading], deer_of: Mapping[str, Deer]) -> None:
        """Take the name from rows that put a deer twice on a photograph; note deer of two sexes."""
        if not any(row.deer for reading in readings for row, _ in reading.rows):
            return
        stored = _stored(readings)
        for reading in readings:
            on_it = stored[reading.image.pk] if reading.image else []
            self._settle_photograph(reading, deer_of, on_it)
        named = [
            (row, deer_of[row.deer], box, stored[reading.image.pk] if reading.image else [])
            for reading in readings
            for row, box in reading.rows
            if row.deer
        ]
        self._learn_sexes({deer.pk: deer for _, deer, _, _ in named})
        for row, deer, box, on_it in named:
            corrected = [
                detection.corrected_classification
                for other, detection in on_it
                if box is not None and may_be_same_place(box, other)
            ]
            self._compare(deer, "".join(corrected[:1]) or row.classification.value, row)

    def _settle_photograph(
        self, reading: Reading, deer_of: Mapping[str, Deer], on_it: Sequence[_Stored]
    ) -> None:
        """`on_it`: what is stored of the photograph. Where a row is of a stored box, the later word counts."""
        boxes = [box for _, box in reading.rows if box is not None]
        others = {
            detection.deer_id
            for other, detection in on_it
            if detection.identity_source == _REVIEWED
            or not any(may_be_same_place(box, other) for box in boxes)
        }
        reviewed = [box for box, item in on_it if item.identity_source == _REVIEWED]
        rows_of: defaultdict[UUID, list[int]] = defaultdict(list)
        for number, (row, box) in enumerate(reading.rows):
            # What a person said of a box no row changes.
            if row.deer and box and not any(may_be_same_place(box, other) for other in reviewed):
                rows_of[deer_of[row.deer].pk].append(number)
        for key, numbers in rows_of.items():
            is_stored = key in others
            places = [box for number in numbers if (box := reading.rows[number][1])]
            if not is_stored and all(may_be_same_place(places[0], box) for box in places):
                continue
            rows = [reading.rows[number][0] for number in numbers]
            text = (TWICE_STORED if is_stored else TWICE).format(
                path=rows[0].path,
                deer=rows[0].deer,
                count=Number(len(rows)),
                lines=", ".join(str(row.line) for row in rows),
            )
            self._tally.note(Note(KIND_TWICE, text, rows[0].line, rows[0].path))
            for number in numbers:
                row, box = reading.rows[number]
                reading.rows[number] = (replace(row, deer=""), box)

    def _learn_sexes(self, deer: Mapping[UUID, Deer]) -> None:
        """What is known of deer that this import has not named before: the profile, else their detections."""
        unknown = deer.keys() - self._sexes.keys()
        if not unknown:
            return
        stored: defaultdict[UUID, set[str]] = defaultdict(set)
        rows = (
            Detection.objects.valid().known().filter(deer__in=unknown, effective_class__in=_SEXED)
        )
        for key, name in rows.order_by().values_list("deer", "effective_class").distinct():
            if key:
                stored[key].add(name)
        for key in unknown:
            if (sex := deer[key].sex) in (Sex.BUCK.value, Sex.DOE.value):
                self._sexes[key] = (sex, BEFORE)
            elif len(stored[key]) == 1:
                self._sexes[key] = (stored[key].pop(), BEFORE)

    def _compare(self, deer: Deer, sex: str, row: Row) -> None:
        if sex not in _SEXED:
            return
        other, where = self._sexes.setdefault(deer.pk, (sex, ON_LINE.format(line=row.line)))
        if not contradicts(sex, other) or deer.pk in self._doubtful:
            return
        text = SEXES.format(
            path=row.path, deer=deer.name, sex=sex, line=row.line, other=other, where=where
        )
        self._tally.note(Note(KIND_SEXES, text, row.line, row.path))
        self._doubtful.add(deer.pk)
        self._undropped.add(deer.pk)

    def without_doubtful(self, detections: set[UUID]) -> set[UUID]:
        """Those of the detections that may become references."""
        if not self._doubtful:
            return detections
        rows = Detection.objects.filter(deer__in=self._doubtful, pk__in=detections)
        return detections - set(rows.values_list("pk", flat=True))

    def drop_references(self, operation_of: Callable[[], Operation]) -> int:
        """Take back the references that this import made of a deer before it contradicted itself; how many."""
        if not self._undropped:
            return 0
        operation = operation_of()  # which begins with the first identity
        events = operation.events.filter(field="is_reference", after=True)
        rows = Detection.objects.select_for_update(of=("self",)).filter(
            deer__in=self._undropped, is_reference=True, pk__in=events.values("detection")
        )
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        Detection.objects.filter(pk__in=keys).update(is_reference=False, version=F("version") + 1)
        log = EventLog()
        for key in keys:
            log.note("is_reference", before=True, after=False, detection=key)
        log.write(operation)
        self._undropped.clear()
        return len(keys)


def _stored(readings: Sequence[Reading]) -> defaultdict[UUID, list[_Stored]]:
    """By photograph: the stored detections that bear a deer by somebody's word, each with its box."""
    images = [reading.image.pk for reading in readings if reading.image]
    rows = Detection.objects.valid().known().filter(image__in=images) if images else ()
    stored: defaultdict[UUID, list[_Stored]] = defaultdict(list)
    for row in rows:
        stored[row.image_id].append((Box(row.x, row.y, row.width, row.height), row))
    return stored
