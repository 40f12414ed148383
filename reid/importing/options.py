"""Options of an import: what a person says of a source beside its path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from reid.importing.formats.base import DEFAULT_MIN_CONFIDENCE, SourceOptions
from reid.importing.rows import SourceProblem
from reid.models import Video
from reid.taxonomy import Classification
from reid.vocabulary import Vocabulary, fold_word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_VIDEO_FPS: Final = 30.0
BAD_VIDEO_FPS: Final = "--video-fps {rate} is no rate: give the frames of a second to look at, above 0 and at most {most:g}."
BAD_VIDEO_FRAMES: Final = "--video-frames {name!r} is unknown: use moving or all."

ANIMAL: Final = fold_word("animal")
"""MegaDetector's word for whatever it finds that is no person and no vehicle."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`finders`: columns or patterns by captured_at, camera, sighting, flank (see rows.Finder).
    `columns`: a table's headings by field, `time_format` that of its times, where neither is found out by itself.
    `verify`: read files that have not changed, too. `maps`: beginnings of paths and what stands for them.
    `clock_offsets`: seconds to add to what a camera's clock showed, by the camera's name.
    `files`: paths below a folder, which alone are read of it; None: all that lies there.
    `labels`: classes by folded word (see reading.labels), which are kept for the ranch.
    `one_camera`: the camera of all photographs for which the source names none. `most`: rows to read, 0: all.
    `video_fps`: frames of a second of a video that are looked at; None: VIDEO_FPS. `video_frames`: moving or all; empty:
    VIDEO_FRAMES.
    `animals`: the class that a detector's word `animal` stands for in this import alone; empty: an animal.
    """

    root: Path | None = None
    collection: str = ""
    link: bool = False
    verify: bool = False
    maps: Mapping[str, str] = field(default_factory=dict)
    finders: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str = ""
    time_zone: str = ""
    clock_offsets: Mapping[str, float] = field(default_factory=dict)
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    source_format: str = ""
    one_camera: str = ""
    animals: str = ""
    most: int = 0
    folders: str = ""
    files: tuple[str, ...] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    video_fps: float | None = None
    video_frames: str = ""
    dry_run: bool = False

    def as_given(self) -> dict[str, Any]:
        """The options that differ from their defaults, as JSON has them; the root by its name alone."""
        defaults = ImportOptions()
        given = {
            name: value
            for name in self.__slots__
            if (value := getattr(self, name)) != getattr(defaults, name)
        }
        if self.root is not None:
            given["root"] = self.root.name
        if self.files is not None:
            given["files"] = len(self.files)
        return given

    @property
    def video_rate(self) -> float:
        """Frames a second. Raises SourceProblem for what is no such rate."""
        rate = settings.VIDEO_FPS if self.video_fps is None else self.video_fps
        if not 0.0 < rate <= MOST_VIDEO_FPS:  # false for NaN too
            raise SourceProblem(BAD_VIDEO_FPS.format(rate=rate, most=MOST_VIDEO_FPS))
        return float(rate)

    @property
    def takes_moving(self) -> bool:
        """Whether of videos the moving parts alone are taken. Raises SourceProblem for an unknown word."""
        taken = self.video_frames or settings.VIDEO_FRAMES
        if taken not in Video.Taken.values:
            raise SourceProblem(BAD_VIDEO_FRAMES.format(name=taken))
        return taken == str(Video.Taken.MOVING)

    def vocabulary(self, ranch: Vocabulary) -> Vocabulary:
        """The ranch's words as this import takes them."""
        if not self.animals:
            return ranch
        return Vocabulary({**ranch.own, ANIMAL: Classification(self.animals)})

    @property
    def source_options(self) -> SourceOptions:
        """What the formats are given of it."""
        return SourceOptions(
            finders=self.finders,
            columns=self.columns,
            time_format=self.time_format,
            folders=self.folders,
            files=self.files,
            min_confidence=self.min_confidence,
        )
