"""Reports of imports: counted while an import runs, and frozen at its end. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.importing.rows import Note, Refusal

SHOWN_REFUSALS: Final = 20
"""How many refusals are kept word for word; all are counted."""

MOST_PROBLEMS: Final = 10_000
"""How many refusals are kept as rows of the import's record."""

ALREADY: Final = "already imported"
COPY: Final = "copy of another photograph"
REPEATED: Final = "repeated in the source"
REVIEWED: Final = "reviewed identity kept"
_KNOWN: Final = (ALREADY, COPY, REPEATED, REVIEWED)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every item of the source is in exactly one of detections, empty, updated, skipped and refused."""

    detections: int
    """New detections."""
    empty: int
    """New photographs on which nothing was detected."""
    updated: int
    """Stored detections to which the import added what was unknown, or gave another imported identity."""
    skipped: Mapping[str, int]
    refused: Mapping[str, int]
    refusals: tuple[Refusal, ...]
    """The first SHOWN_REFUSALS of them, in the source's order of batches."""
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
    """The first SHOWN_REFUSALS of them, in words."""
    unused_offsets: tuple[str, ...]
    """Cameras with a clock offset that no row named: probably misspelt."""
    dry_run: bool

    @property
    def could_read(self) -> bool:
        """Whether any row could be used; boxes skipped for their low confidence do not count."""
        known = any(self.skipped.get(reason) for reason in _KNOWN)
        return bool(self.detections or self.empty or self.updated or known)

    @property
    def items(self) -> int:
        skipped, refused = sum(self.skipped.values()), sum(self.refused.values())
        return self.detections + self.empty + self.updated + skipped + refused


@dataclass(slots=True)
class ReportBuilder:
    """The report while it grows."""

    detections: int = 0
    empty: int = 0
    updated: int = 0
    images: int = 0
    untimed: int = 0
    cameras: int = 0
    deployments: int = 0
    deer: int = 0
    references: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    unlisted: list[Refusal | Note] = field(default_factory=list)
    """Refusals and notes that are not yet in the import's record."""

    def note(self, note: Note) -> None:
        self.notes[note.kind] += 1
        if len(self.warnings) < SHOWN_REFUSALS:
            self.warnings.append(note.text)
        if self.notes.total() <= MOST_PROBLEMS:
            self.unlisted.append(note)

    def refuse(self, refusal: Refusal) -> None:
        self.refused[refusal.reason.value] += 1
        if self.refused.total() <= MOST_PROBLEMS:
            self.unlisted.append(refusal)
        if len(self.refusals) < SHOWN_REFUSALS:
            self.refusals.append(refusal)

    def report(self, *, unused_offsets: tuple[str, ...], dry_run: bool) -> ImportReport:
        return ImportReport(
            detections=self.detections,
            empty=self.empty,
            updated=self.updated,
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
            unused_offsets=unused_offsets,
            dry_run=dry_run,
        )
