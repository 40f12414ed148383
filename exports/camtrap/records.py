"""Records of a Camtrap DP package: its photographs, and what is observed on them. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from exports.camtrap.deployments import Place, Run
    from exports.camtrap.terms import RelativeBox
    from reid.imaging.frame import Frame


@dataclass(frozen=True, slots=True)
class Station:
    """A camera with its own exact place, which is for what no deployment with a place covers."""

    camera: UUID
    name: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph that may go into the package. `captured_at` in the ranch's zone."""

    id: UUID
    frame: Frame
    station: Station
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Classified:
    """Who said what the box shows: human, machine or empty; `probability` in [0, 1] is a machine's alone."""

    method: str
    by: str
    at: datetime | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """One detection in Camtrap DP's terms; texts are empty where nothing is known."""

    id: UUID
    image: UUID
    sighting: UUID
    event: UUID
    event_start: datetime
    event_end: datetime
    box: RelativeBox
    classification: str
    scientific_name: str
    sex: str
    life_stage: str
    deer: UUID | None
    individual: str
    confidence: float
    classified: Classified
    tags: str


@dataclass(frozen=True, slots=True)
class Empty:
    """A photograph without an animal: `kind` is blank where somebody looked, else unclassified."""

    image: UUID
    event: UUID
    event_start: datetime
    event_end: datetime
    kind: str


@dataclass(slots=True)
class Sources:
    """Everything that was found, in the order asked for; `missing` says why the rest is not here."""

    observed: dict[UUID, Observed] = field(default_factory=dict)
    photos: dict[UUID, Photo] = field(default_factory=dict)
    missing: dict[UUID, str] = field(default_factory=dict)
    withheld: dict[UUID, None] = field(default_factory=dict)
    runs: dict[UUID, list[Run]] = field(default_factory=dict)
    """The stored deployments of each camera."""
    empty: dict[UUID, Empty] = field(default_factory=dict)
    empty_missing: dict[UUID, str] = field(default_factory=dict)
    _on_image: defaultdict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    def add(self, observed: Observed, photo: Photo) -> None:
        self.observed[observed.id] = observed
        self.photos.setdefault(photo.id, photo)
        self._on_image[photo.id].append(observed.id)

    def drop(self, image: UUID, reason: str) -> None:
        """Take a photograph out, and every detection on it."""
        del self.photos[image]
        if self.empty.pop(image, None) is not None:
            self.empty_missing[image] = reason
        for key in self._on_image.pop(image, ()):
            del self.observed[key]
            self.missing[key] = reason

    def add_empty(self, empty: Empty, photo: Photo) -> None:
        self.empty[photo.id] = empty
        self.photos[photo.id] = photo

    def on_image(self, image: UUID) -> int:
        """How many detections of the package are on the photograph."""
        return len(self._on_image.get(image, ()))
