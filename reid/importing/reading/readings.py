"""Readings: photographs of a batch, each with the rows that can be imported."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from reid.imaging.capture_time import is_stored
from reid.models import Image

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from reid.imaging.crops import Box
    from reid.imaging.decoding import PhotographInfo
    from reid.importing.rows import Row
    from reid.video.opening import VideoInfo


@dataclass(slots=True)
class Reading:
    """One photograph of a batch, which is its bytes, and the rows of it that can be imported.

    `image` is its row where these bytes are stored already, else `photograph` is what its file says and
    `stored` the name that it has got below the media root; `size` is upright, in pixels. A box is None where the
    row says that nothing was detected.
    """

    sha256: str
    image: Image | None = None
    photograph: Photograph | None = None
    stored: str = ""
    size: tuple[int, int] = (0, 0)
    camera: str = ""
    captured_at: datetime | None = None
    clock: datetime | None = None
    """What a clock showed, where it was read; a time that no zone is defined for is not in `captured_at`."""
    time_source: str = ""
    clock_problem: str = ""
    rows: list[tuple[Row, Box | None]] = field(default_factory=list)
    files: list[Photograph] = field(default_factory=list)
    """What was read for it: new ones, and known ones that are remembered from now on."""
    copies: set[str] = field(default_factory=set)
    """Paths of rows under which the photograph is not stored: copies of it."""

    @property
    def kept(self) -> list[Row]:
        return [row for row, _ in self.rows]

    @property
    def camera_name(self) -> str:
        """The stored photograph's camera, else the one that the import gives it; empty: none."""
        stored = self.image.camera if self.image else None
        return stored.name if stored else self.camera

    def is_copy(self, row: Row) -> bool:
        return row.path in self.copies


_LONGEST: Final = Image._meta.get_field("path").max_length or 0


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """A file that is there, and the name under which its folder would have it below the media root."""

    source: Path
    stored: str
    size: int = field(default=0, compare=False)
    modified_ns: int = field(default=0, compare=False)
    spelling: str = field(default="", compare=False)
    """Its path below the root, where the source spells it otherwise."""
    frame: FrameOf | None = field(default=None, compare=False)
    """Where the import itself has made the file of a video's frame."""
    image: Image | None = field(default=None, compare=False)
    """The stored photograph that is meant, where a row names it otherwise than by its file: then there need be none."""


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A video of the source. `path` is as the source names it, `rate` and `is_moving` what is taken of it."""

    path: str
    located: LocatedFile
    sha256: str
    info: VideoInfo
    rate: float
    is_moving: bool


@dataclass(frozen=True, slots=True)
class FrameOf:
    """A video and the place of a frame in it; `started_at` is what a clock showed at its first frame."""

    video: VideoFile
    number: int
    seconds: float
    started_at: datetime | None
    time_source: str

    def timed(self, info: PhotographInfo) -> PhotographInfo:
        """The facts of the frame with the time of its video, where that has one."""
        if self.started_at is None:
            return info
        if not is_stored(self.started_at):  # its seconds may lie beyond the calendar
            return replace(info, captured_at=self.started_at, time_source=self.time_source)
        clock = self.started_at + timedelta(seconds=self.seconds)
        offset = f"{clock:%z}"  # such as -0500; empty without one
        return replace(
            info,
            captured_at=clock.replace(tzinfo=None),
            offset=offset and f"{offset[:3]}:{offset[3:5]}",
            time_source=self.time_source,
        )


@dataclass(frozen=True, slots=True)
class Photograph:
    located: LocatedFile
    sha256: str
    size: int
    """Bytes."""
    probe: PhotographInfo
    is_settled: bool
    """Whether its size and time will show a later change."""
