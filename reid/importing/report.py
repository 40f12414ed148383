"""Reports of imports: counted while an import runs, and frozen at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.preview import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.importing.preview import Preview
    from reid.importing.rows import Note, Refusal

SHOWN_REFUSALS: Final = 20
"""How many refusals are kept word for word; all are counted."""

MOST_PROBLEMS: Final = 10_000
"""How many refusals are kept as rows of the import's record."""

ALREADY: Final = "already imported"
COPY: Final = "copy of another photograph"
REPEATED: Final = "repeated in the source"
REVIEWED: Final = "reviewed identity kept"
DELETED: Final = "box that a person deleted"
DOUBLE: Final = "second box around the same animal in the source"
_KNOWN: Final = (ALREADY, COPY, DOUBLE, REPEATED, REVIEWED, DELETED)


@dataclass(frozen=True, slots=True)
class WordCount:
    """A word for a class as the source has it: the class that it was taken for, and how many detections bear it."""

    word: str
    classification: str
    count: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every item of the source is in exactly one of detections, empty, updated, skipped and refused."""

    detections: int
    """New detections."""
    empty: int
    """New photographs on which nothing was detected."""
    unlooked: int
    """Those of them that no detector has looked at yet."""
    updated: int
    """Stored detections to which the import added what was unknown, or gave another imported identity."""
    skipped: Mapping[str, int]
    refused: Mapping[str, int]
    refusals: tuple[Refusal, ...]
    """The first SHOWN_REFUSALS of them, in the source's order of batches."""
    left: int
    """Stored detections whose box the source has a little elsewhere: the stored box stays."""
    rescored: int
    """Stored detections that took another confidence from the source."""
    images: int
    untimed: int
    """New images without a capture time."""
    cameras: int
    deployments: int
    """Deployments that came with the photographs, new or changed."""
    deer: int
    references: int
    notes: Mapping[str, int]
    """Suspicious things by kind; what they concern was imported."""
    warnings: tuple[str, ...]
    """The first SHOWN_REFUSALS of them in words, and all that sum up the import."""
    words: tuple[WordCount, ...]
    """Words for classes, the most frequent first."""
    unused_offsets: tuple[str, ...]
    """Cameras with a clock offset of which nothing was read: probably misspelt."""
    source_format: str
    """The title of the format that was read."""
    dry_run: bool
    understood: Preview
    """What was understood of the source: names, words, spans of time."""

    @property
    def could_read(self) -> bool:
        """Whether any row could be used; boxes skipped for their low confidence do not count."""
        known = any(self.skipped.get(reason) for reason in _KNOWN)
        return bool(self.detections or self.empty or self.updated or known)

    @property
    def items(self) -> int:
        skipped, refused = sum(self.skipped.values()), sum(self.refused.values())
        return self.detections + self.empty + self.updated + skipped + refused

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return asdict(self) | {
            "skipped": dict(self.skipped),
            "refused": dict(self.refused),
            "notes": dict(self.notes),
            "refusals": [str(refusal) for refusal in self.refusals],
        }


@dataclass(slots=True)
class ReportBuilder:
    """The report while it grows."""

    source_format: str = ""
    detections: int = 0
    empty: int = 0
    unlooked: int = 0
    updated: int = 0
    left: int = 0
    rescored: int = 0
    images: int = 0
    untimed: int = 0
    cameras: int = 0
    deployments: int = 0
    deer: int = 0
    references: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    notes: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    noted: int = 0
    words: list[WordCount] = field(default_factory=list)
    unlisted: list[Refusal | Note] = field(default_factory=list)
    """Refusals and notes that are not yet in the import's record."""

    @property
    def items(self) -> int:
        """How many items of the source were counted until now."""
        others = self.skipped.total() + self.refused.total()
        return self.detections + self.empty + self.updated + others

    def note(self, note: Note) -> None:
        self.notes[note.kind] += note.count
        self.noted += 1
        if note.is_summary or len(self.warnings) < SHOWN_REFUSALS:
            self.warnings.append(note.text)
        if note.is_summary or self.noted <= MOST_PROBLEMS:
            self.unlisted.append(note)

    def refuse(self, refusal: Refusal) -> None:
        self.refused[refusal.reason.value] += 1
        if self.refused.total() <= MOST_PROBLEMS:
            self.unlisted.append(refusal)
        if len(self.refusals) < SHOWN_REFUSALS:
            self.refusals.append(refusal)

    def report(
        self, *, unused_offsets: tuple[str, ...], dry_run: bool, understood: Preview
    ) -> ImportReport:
        return ImportReport(
            detections=self.detections,
            empty=self.empty,
            unlooked=self.unlooked,
            updated=self.updated,
            left=self.left,
            rescored=self.rescored,
            skipped=dict(self.skipped),
            refused=dict(self.refused),
            refusals=tuple(self.refusals),
            images=self.images,
            untimed=self.untimed,
            cameras=self.cameras,
            deployments=self.deployments,
            deer=self.deer,
            references=self.references,
            notes=dict(self.notes),
            warnings=tuple(self.warnings),
            words=tuple(self.words),
            unused_offsets=unused_offsets,
            source_format=self.source_format,
            dry_run=dry_run,
            understood=understood,
        )
