"""Frames of one video as rows and files of an import: the video looked into, its start, and where each frame is stored."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.conf import settings

from reid.db import disk
from reid.imaging.capture_time import file_time, parse_clock
from reid.importing.reading.files import CHANGED, LONG_NAME
from reid.importing.reading.readings import _LONGEST, FrameOf, LocatedFile, VideoFile
from reid.importing.reading.refused import RowRefused
from reid.importing.rows import RefusalReason
from reid.models import Image
from reid.video.extract import look
from reid.video.opening import VideoProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from reid.importing.rows import Row
    from reid.video.extract import FrameFile


def looked_into(located: LocatedFile, row: Row, rate: float, *, is_moving: bool) -> VideoFile:
    """What a video says of itself, and its checksum. Raises RowRefused."""
    try:
        info = look(located.source, settings.IMAGE_MAX_PIXELS)
        with located.source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (VideoProblem, OSError) as error:
        raise refused(error) from error
    require_unchanged(located)
    return VideoFile(row.path, located, digest, info, rate, is_moving)


def refused(error: VideoProblem | OSError) -> RowRefused:
    """The refusal of a video that cannot be read. Raises DiskRefuses where its frames have no room."""
    if disk.is_full(error):
        raise disk.DiskRefuses(disk.FULL.format(reason=getattr(error, "strerror", ""))) from error
    if isinstance(error, OSError):
        text = error.strerror or type(error).__name__
        return RowRefused(RefusalReason.UNREADABLE, text)
    reason = RefusalReason.TOO_LARGE if error.is_large else RefusalReason.UNREADABLE
    return RowRefused(reason, str(error))


def require_unchanged(located: LocatedFile) -> None:
    """Raises RowRefused where the file is another one by now."""
    try:
        status = located.source.stat()
    except OSError as error:
        raise RowRefused(RefusalReason.UNREADABLE, CHANGED) from error
    if (status.st_size, status.st_mtime_ns) != (located.size, located.modified_ns):
        raise RowRefused(RefusalReason.UNREADABLE, CHANGED)


def start_of(video: VideoFile, row: Row) -> tuple[datetime | None, str]:
    """When the first frame was taken by the video itself, and an Image.TimeSource; nothing where the row says it.

    Without a time in the video or its name, the file was last written when the video ended: cameras write as they film.
    """
    if row.captured_at:
        return None, ""
    if video.info.started_at is not None:
        return video.info.started_at, Image.TimeSource.VIDEO
    if row.pattern_time:
        return None, ""
    written = file_time(video.located.modified_ns)
    if written is None:
        return None, ""
    return written - timedelta(seconds=video.info.duration or 0.0), Image.TimeSource.FILE


def files_of(
    frames: Iterable[FrameFile], video: VideoFile, start: tuple[datetime | None, str]
) -> Iterator[tuple[FrameFile, LocatedFile]]:
    """Each frame with its file. Raises RowRefused."""
    started_at, source = start
    folder = _folder_of(video)
    for frame in frames:
        status = frame.path.stat()
        yield (
            frame,
            LocatedFile(
                frame.path,
                f"{folder}{frame.path.name}",
                status.st_size,
                status.st_mtime_ns,
                frame=FrameOf(video, frame.number, frame.seconds, started_at, source),
            ),
        )


def row_of(row: Row, number: int, seconds: float) -> Row:
    """The row of a frame, made of that of its video. Raises RowRefused."""
    return replace(
        row,
        path=f"{row.path}#{number}",
        captured_at=_later(row.captured_at, seconds),
        pattern_time=_later(row.pattern_time, seconds),
        of_path=frozenset(),
        frame=None,
    )


def _folder_of(video: VideoFile) -> str:
    """Folder of a video's frames in the store: two videos of one name have two. Raises RowRefused for a long name."""
    path = PurePosixPath(video.located.stored)
    folder = path.with_name(f"{path.stem}-{video.sha256[:12]}").as_posix()
    if max(len(folder), len(video.path)) > _LONGEST - len("/12345678.jpg"):
        raise RowRefused(RefusalReason.PATH, LONG_NAME.format(longest=_LONGEST))
    return f"{folder}/"


def _later(text: str, seconds: float) -> str:
    """A time of a row, so many seconds later. Raises RowRefused for one that cannot be read."""
    if not text:
        return text
    try:
        return (parse_clock(text) + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return text  # at the end of the calendar: such a time is kept by none
    except ValueError as error:
        raise RowRefused(RefusalReason.TIME, str(error)) from error
