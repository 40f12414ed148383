"""Specifications of exports, the payloads of their jobs: checked requests as frozen dataclasses and plain JSON. Pure.

They are kept for days, to be built again: a field that a later version adds has a default, with which what
an earlier one wrote is read.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def read_fields(
    data: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]
) -> dict[str, Any]:
    """What JSON holds, read back field by field where `readers` has a way; nothing is added.

    Raises ValueError where a field cannot be read, and where `data` is no object.
    """
    try:
        return {
            name: readers[name](value) if name in readers else value for name, value in data.items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"unreadable: {error!r}") from error


class ExportKind(StrEnum):
    PDF = "pdf"
    ZIP = "zip"


class ReportType(StrEnum):
    SEASONAL_ACTIVITY = "seasonal_activity"
    COMPARISON = "comparison"
    CUSTOM = "custom"
    SURVEY = "survey"


class ArchiveFormat(StrEnum):
    CROPS = "crops"
    CAMTRAP_DP = "camtrap-dp"


class GroupBy(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """Local days, both inclusive."""

    label: str
    start: date
    end: date

    def to_json(self) -> dict[str, str]:
        return {"label": self.label, "start": self.start.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> Self:
        start, end = date.fromisoformat(data["start"]), date.fromisoformat(data["end"])
        return cls(data["label"], start, end)


@dataclass(frozen=True, slots=True)
class DetectionSelection:
    """Which detections: empty tuples mean no restriction (all deer classes, cameras, deer)."""

    classifications: tuple[str, ...] = ()
    cameras: tuple[UUID, ...] = ()
    deer: tuple[UUID, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        return {name: [str(item) for item in items] for name, items in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, list[str]]) -> Self:
        readers: dict[str, Callable[[Any], Any]] = {
            "classifications": tuple,
            "cameras": _ids,
            "deer": _ids,
        }
        return cls(**read_fields(data, readers))


@dataclass(frozen=True, slots=True)
class SurveyCopy:
    """A survey's estimates as they were when a report on them was asked for: later ones change no report.

    `document` is the JSON of `Survey.result`, `estimated_at` a local time.
    """

    id: UUID
    name: str
    estimated_at: datetime
    document: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "estimated_at": self.estimated_at.isoformat(),
            "document": self.document,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        readers: dict[str, Callable[[Any], Any]] = {
            "id": UUID,
            "estimated_at": datetime.fromisoformat,
        }
        return cls(**read_fields(data, readers))


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """A PDF report. `periods` has one entry, or two to five for a comparison.

    `recipients` are mailed the report; `notify` has its owner told, too. `survey` is for reports of that type,
    and then all that they rest on.
    """

    report_type: ReportType
    periods: tuple[ReportPeriod, ...]
    group_by: GroupBy
    selection: DetectionSelection
    include_charts: bool
    include_tables: bool
    include_insights: bool
    title: str
    notify: bool
    recipients: tuple[str, ...] = ()
    survey: SurveyCopy | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "report_type": self.report_type.value,
            "periods": [period.to_json() for period in self.periods],
            "group_by": self.group_by.value,
            "selection": self.selection.to_json(),
            "include_charts": self.include_charts,
            "include_tables": self.include_tables,
            "include_insights": self.include_insights,
            "title": self.title,
            "notify": self.notify,
            "recipients": list(self.recipients),
            "survey": self.survey.to_json() if self.survey else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises ValueError and TypeError for anything that no version wrote."""
        return cls(**read_fields(data, _REPORT_READERS))


@dataclass(frozen=True, slots=True)
class ArchiveSpec:
    """A ZIP of these detections, in this order, each once.

    The three fields about crops are for that format alone; `coordinate_precision` is for camtrap-dp: the
    decimals of a degree to which cameras' positions are rounded, None for exact ones. So are `empty_image_ids`:
    photographs without any animal, which the package shows as seen and blank, or as not looked at.
    """

    detection_ids: tuple[UUID, ...]
    include_crops: bool
    include_metadata_csv: bool
    crop_size: int
    title: str = "Detections"
    format: ArchiveFormat = ArchiveFormat.CROPS
    coordinate_precision: int | None = None
    notify: bool = False
    empty_image_ids: tuple[UUID, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "detection_ids": [str(item) for item in self.detection_ids],
            "include_crops": self.include_crops,
            "include_metadata_csv": self.include_metadata_csv,
            "crop_size": self.crop_size,
            "title": self.title,
            "format": self.format.value,
            "coordinate_precision": self.coordinate_precision,
            "notify": self.notify,
            "empty_image_ids": [str(item) for item in self.empty_image_ids],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises ValueError and TypeError for anything that no version wrote."""
        return cls(**read_fields(data, _ARCHIVE_READERS))


def _ids(texts: list[str]) -> tuple[UUID, ...]:
    return tuple(map(UUID, texts))


_REPORT_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "report_type": ReportType,
    "periods": lambda rows: tuple(map(ReportPeriod.from_json, rows)),
    "group_by": GroupBy,
    "selection": DetectionSelection.from_json,
    "recipients": tuple,
    "survey": lambda data: SurveyCopy.from_json(data) if data else None,
}
_ARCHIVE_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "detection_ids": _ids,
    "empty_image_ids": _ids,
    "format": ArchiveFormat,
}
