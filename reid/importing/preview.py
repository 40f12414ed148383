"""Preview of an import: what was understood of its source, counted while it runs and frozen at its end.

Counts and spans of time, no rows: it grows with the number of names and words, and of those it keeps the first
`MOST_NAMES` of a kind. A dry run shows it; every import keeps it in its record.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from django.db.models import Count
from django.utils import timezone

from reid.imaging.capture_time import file_time
from reid.models import Camera, Deer, IdentityEvent
from reid.naming import alike_key, name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from reid.importing.reading.readings import Reading
    from reid.models import Import

MOST_NAMES: Final = 1_000
"""Cameras, deer and words that are kept of each kind; more are counted together."""

Status = Literal["new", "known"]


@dataclass(frozen=True, slots=True)
class CameraSeen:
    """A camera of the source. `first` and `last` are ISO 8601, local at the ranch; empty: no time is known."""

    name: str
    status: Status
    alike: tuple[str, ...]
    """Other cameras whose names are much alike: perhaps the same one, misspelt."""
    photographs: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class DeerSeen:
    name: str
    """As it is stored: a former name or another spelling leads to it."""
    status: Status
    alike: tuple[str, ...]
    detections: int
    references: int
    """How many of its detections the import enrols, for all later ones to be compared with."""


@dataclass(frozen=True, slots=True)
class WordSeen:
    """A word of the source for a class, and the class that it was taken for."""

    word: str
    classification: str
    detections: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What was understood. The lists have the most frequent first; `more` counts what they leave out."""

    source: str
    source_format: str
    title: str
    time_zone: str
    time_zone_source: str
    cameras: tuple[CameraSeen, ...]
    deer: tuple[DeerSeen, ...]
    words: tuple[WordSeen, ...]
    photographs: int
    without_camera: int
    without_time: int
    more: Mapping[str, int]
    first_file: str = ""
    """The oldest date of the files that were read, as the disk has it: ISO 8601, local at the ranch; empty: none was."""
    last_file: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return asdict(self)


@dataclass(slots=True)
class _Span:
    name: str
    photographs: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, at: datetime | None) -> None:
        self.photographs += 1
        if at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)


@dataclass(slots=True)
class Seen:
    """What was seen so far."""

    cameras: dict[str, _Span] = field(default_factory=dict)
    deer: Counter[str] = field(default_factory=Counter)
    """Detections by the spelling of the source."""
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    photographs: int = 0
    without_camera: int = 0
    without_time: int = 0
    more: Counter[str] = field(default_factory=Counter)
    files: _Span = field(default_factory=lambda: _Span(""))
    """Dates of the files that were read."""

    def add(self, readings: Iterable[Reading]) -> None:
        """Count a batch of readings."""
        for reading in readings:
            at = (reading.image.captured_at if reading.image else None) or reading.captured_at
            name = reading.camera_name
            for photograph in reading.files:
                self.files.add(file_time(photograph.located.modified_ns))
            self.photographs += 1
            self.without_camera += not name
            self.without_time += at is None
            if name and self._is_kept("cameras", key := name_key(name), self.cameras):
                self.cameras.setdefault(key, _Span(name)).add(at)
            for row in reading.kept:
                if row.deer and self._is_kept("deer", row.deer, self.deer):
                    self.deer[row.deer] += 1
                word = (row.label, row.classification.value)
                if row.area is not None and self._is_kept("words", word, self.words):
                    self.words[word] += 1

    def _is_kept(self, kind: str, key: Any, known: Mapping[Any, Any]) -> bool:
        if key in known or len(known) < MOST_NAMES:
            return True
        self.more[kind] += 1
        return False

    def preview(
        self, record: Import, *, title: str, zone: tuple[str, str], deer: Mapping[str, Deer]
    ) -> Preview:
        """What was understood, once the import has written it; `deer`: the stored ones by spelling."""
        return Preview(
            source=record.source,
            source_format=record.source_format,
            title=title,
            time_zone=zone[0],
            time_zone_source=zone[1],
            cameras=self._cameras(record),
            deer=self._deer(record, deer),
            words=tuple(WordSeen(*word, count) for word, count in self.words.most_common()),
            photographs=self.photographs,
            without_camera=self.without_camera,
            without_time=self.without_time,
            more=dict(self.more),
            first_file=_local(self.files.first),
            last_file=_local(self.files.last),
        )

    def _cameras(self, record: Import) -> tuple[CameraSeen, ...]:
        spans = sorted(self.cameras.items(), key=lambda item: (-item[1].photographs, item[0]))
        names: dict[str, str] = {}
        new: set[str] = set()
        for start in range(0, len(spans), 500):
            keys = [key for key, _ in spans[start : start + 500]]
            rows = Camera.objects.filter(name_key__in=keys)
            for key, name, maker in rows.values_list("name_key", "name", "made_by_import"):
                names[key] = name
                if maker == record.pk:
                    new.add(name)
        alike = _alike(new, Camera.objects.values_list("name", flat=True).iterator())
        return tuple(
            CameraSeen(
                name=(name := names.get(key, span.name)),
                status="new" if name in new else "known",
                alike=alike.get(name, ()),
                photographs=span.photographs,
                first=_local(span.first),
                last=_local(span.last),
            )
            for key, span in spans
        )

    def _deer(self, record: Import, stored: Mapping[str, Deer]) -> tuple[DeerSeen, ...]:
        counts: Counter[Deer] = Counter()
        for spelling, count in self.deer.items():
            if spelling in stored:
                counts[stored[spelling]] += count
        new = {deer.name for deer in counts if deer.made_by_import_id == record.pk}
        alike = _alike(new, Deer.objects.values_list("name", flat=True).iterator())
        enrolled = IdentityEvent.objects.filter(
            operation__import_record=record, field="is_reference", after=True
        )
        rows = enrolled.order_by().values_list("detection__deer").annotate(Count("pk"))
        references = dict(rows) if counts else {}
        return tuple(
            DeerSeen(
                name=deer.name,
                status="new" if deer.name in new else "known",
                alike=alike.get(deer.name, ()),
                detections=count,
                references=references.get(deer.pk, 0),
            )
            for deer, count in sorted(counts.items(), key=lambda item: (-item[1], item[0].name))
        )


def _alike(new: set[str], stored: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Of each new name the others that are much alike."""
    if not new:
        return {}
    keys = {alike_key(name) for name in new}
    names_of: defaultdict[str, list[str]] = defaultdict(list)
    for name in stored:
        if (key := alike_key(name)) in keys:
            names_of[key].append(name)
    return {
        name: tuple(sorted(other for other in names_of[alike_key(name)] if other != name))
        for name in new
    }


def _local(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""
