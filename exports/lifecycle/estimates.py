"""Estimates of an export's duration and size, from those that were built last. Pure.

Both are estimates and are called so wherever a user sees them. The time goes by the median of the last
exports of the kind (an archive's in proportion to its detections), the size by what a crop was measured to
need; neither is learned from a single slow or large one.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final, Self

from exports.requests.specs import ArchiveFormat, ArchiveSpec, ExportKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exports.lifecycle.records import ExportRecord
    from exports.requests.specs import ReportSpec

KEPT: Final = 20
"""Exports of a kind that are remembered."""
SECONDS_AT_LEAST: Final = 1.0
_UNKNOWN_SECONDS: Final = 10.0  # until the first of its kind has ended
_UNKNOWN_SECONDS_PER_DETECTION: Final = 0.02
STEP: Final = 10
"""Seconds. An estimate that has been missed is moved on by so much at a time."""

_PHOTOGRAPH_BYTES: Final = 3 * 2**20  # whole photographs, as trail cameras store them: 1 to 4 MB
REPORT_BYTES: Final = 8 * 2**20
_ROW_BYTES: Final = 2048  # of metadata.csv and manifest.json together
_BYTES_PER_PIXEL: Final = 0.5  # a JPEG crop of quality 90; 0.3 was measured on sharp photographs


@dataclass(frozen=True, slots=True)
class Duration:
    """One export that was completed: seconds from its start to its end, and its detections (0: a PDF)."""

    seconds: float
    count: int

    @classmethod
    def of(cls, record: ExportRecord) -> Self:
        """Of a completed record: `started_at` and `completed_at` are set."""
        assert record.started_at is not None  # noqa: S101 - completed, so claimed before
        assert record.completed_at is not None  # noqa: S101
        return cls((record.completed_at - record.started_at).total_seconds(), record.total_count)

    def to_json(self) -> str:
        return json.dumps([round(self.seconds, 3), self.count])

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        seconds, count = json.loads(text)
        return cls(float(seconds), int(count))


def seconds_for(kind: ExportKind, count: int, last: Sequence[Duration]) -> float:
    """How long an export usually takes.

    Parameters
    ----------
    kind
        The kind of the export.
    count
        Its detections; 0 for a PDF.
    last
        The last completed exports of this kind, in any order.

    Returns
    -------
    float
        Seconds, at least SECONDS_AT_LEAST: the median of `last`, a ZIP's in proportion to its detections.

    Examples
    --------
    >>> seconds_for(ExportKind.ZIP, 100, [Duration(2.0, 10), Duration(4.0, 40), Duration(3.0, 10)])
    20.0
    >>> seconds_for(ExportKind.PDF, 0, [Duration(0.2, 0)])
    1.0
    """
    if kind is ExportKind.ZIP:
        paces = [one.seconds / one.count for one in last if one.count]
        if paces:
            return max(median(paces) * count, SECONDS_AT_LEAST)
        return max(_UNKNOWN_SECONDS, _UNKNOWN_SECONDS_PER_DETECTION * count)
    if last:
        return max(median(one.seconds for one in last), SECONDS_AT_LEAST)
    return _UNKNOWN_SECONDS


def completion(
    record: ExportRecord,
    ahead: int | None,
    last: Mapping[ExportKind, Sequence[Duration]],
    now: datetime,
) -> datetime | None:
    """When the export will be completed.

    One that runs goes by its own pace as soon as it has one. One that waits is taken to be built after those
    before it, one after the other, from `now` on. Times in the future of a slow queue are rounded up to STEP,
    so that an estimate changes seldom.

    Parameters
    ----------
    record
        The export.
    ahead
        How many wait before it; None where it runs.
    last
        The last completed exports of each kind.
    now
        The present moment, aware.

    Returns
    -------
    datetime or None
        Never before `now`; None where the export has ended.
    """
    if not record.is_processing:
        return None
    own = seconds_for(record.kind, record.total_count, last[record.kind])
    if record.started_at and record.processed_count:
        pace = (record.updated_at - record.started_at) / record.processed_count
        expected = record.started_at + pace * record.total_count
    elif record.started_at or not ahead:
        expected = (record.started_at or record.created_at) + timedelta(seconds=own)
    else:
        everything = [one.seconds for history in last.values() for one in history]
        usual = median(everything) if everything else _UNKNOWN_SECONDS
        return _step_up(now + timedelta(seconds=ahead * usual + own))
    return expected if expected > now else _step_up(now)


def bytes_for(spec: ReportSpec | ArchiveSpec) -> int:
    """Bytes that the file may need on the disk; rather too many than too few.

    Examples
    --------
    >>> from uuid import UUID
    >>> bytes_for(ArchiveSpec((UUID(int=1),), True, True, crop_size=100))
    7048
    """
    if not isinstance(spec, ArchiveSpec):
        return REPORT_BYTES
    if spec.format is ArchiveFormat.CAMTRAP_DP:
        return (len(spec.detection_ids) + len(spec.empty_image_ids)) * _PHOTOGRAPH_BYTES
    crop = spec.crop_size**2 * _BYTES_PER_PIXEL if spec.include_crops else 0
    return math.ceil(len(spec.detection_ids) * (crop + _ROW_BYTES))


def _step_up(moment: datetime) -> datetime:
    """The next full STEP after `moment`."""
    steps = math.floor(moment.timestamp() / STEP) + 1
    return datetime.fromtimestamp(steps * STEP, UTC)
