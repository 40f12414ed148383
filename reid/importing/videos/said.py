"""Sentences of an import about its videos: how many were read, which are damaged, and which name no time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.rows import Note
from reid.wording import Number, clock_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reid.importing.reading.readings import VideoFile
    from reid.importing.rows import Row
    from reid.video.extract import Stretch

DAMAGED: Final = "damaged videos"
DAMAGED_TEXT: Final = "The video {path} is damaged{where}: what could be decoded was taken. Copy it from the card again if more is there."
ENDS: Final = " and ends at {at} of {duration}"
READ: Final = "videos"
READ_TEXT: Final = (
    "{count:video was|videos were} read, and gave {frames:photograph|photographs}{how}."
)
NAMED: Final = ": the frames that its file names"
MOVING: Final = ": the first frame of each, and those in which something moves"
FIRST: Final = ", the first frame of each, to look at; an import takes more of them"
BY_FILE: Final = "videos timed by their files"
BY_FILE_TEXT: Final = (
    "{count:video names|videos name} no time, such as {path}: the time at which the file was last written was taken. "
    "If files were copied without their times, undo this import and give the time by a pattern over names."
)


def read(videos: int, frames: int, how: str) -> Note:
    """The note that says how many photographs the videos gave, and which (`how`)."""
    text = READ_TEXT.format(count=Number(videos), frames=Number(frames), how=how)
    return Note(READ, text, count=videos, is_summary=True)


def by_file(paths: Sequence[str]) -> Note:
    """The note that names videos which were timed by their files."""
    text = BY_FILE_TEXT.format(count=Number(len(paths)), path=paths[0])
    return Note(BY_FILE, text, path=paths[0], count=len(paths), is_summary=True)


def damaged(row: Row, stretch: Stretch, video: VideoFile) -> Note:
    """The note that a video has parts which cannot be decoded; `stretch` is its last."""
    duration, where = video.info.duration, ""
    if duration and stretch.seconds < duration - 1.0:
        where = ENDS.format(at=clock_of(stretch.seconds), duration=clock_of(duration))
    return Note(DAMAGED, DAMAGED_TEXT.format(path=row.path, where=where), row.line, row.path)
