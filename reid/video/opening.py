"""Videos opened within limits, and what they say of themselves: size, length, rate of frames, time. No database.

A file is never trusted: only the containers below are read, so that a list of other addresses, which some programs call
a video too, leads nowhere; its pixels are counted before anything is decoded.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import av
from av.error import FFmpegError

from reid.imaging.capture_time import parse_clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream

EMPTY: Final = "the video is empty"
BROKEN: Final = (
    "the video is broken or cut off before it begins: copy it from the card again ({problem})"
)
NO_PICTURES: Final = "the file holds no pictures that can be decoded"
TOO_LARGE: Final = "its frames have {pixels:,} pixels, {most:,} are allowed"

_LIMITS: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "avi,mov,matroska,asf,mpeg,mpegts,mpegvideo,mjpeg,flv,ogg",
}
_TIMES: Final = ("com.apple.quicktime.creationdate", "creation_time", "date")
"""Where containers have the time, the one with an offset first; AVI's IDIT becomes creation_time."""

_MICROSECONDS: Final = 1_000_000
_ZERO: Final = timedelta(0)


class VideoProblem(Exception):
    """A video that cannot be used: str() is the reason, in words for people."""

    def __init__(self, text: str, *, is_large: bool = False) -> None:
        super().__init__(text)
        self.is_large: Final = is_large


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts that a container states.

    `duration` in seconds and `fps` in frames a second; None where they are not stated. `started_at` is what the
    camera's clock showed: aware only where the container names an offset other than Z. The formats have no local time, and
    cameras without a zone write theirs as if it were UTC.
    """

    duration: float | None
    fps: float | None
    started_at: datetime | None


@contextmanager
def opened(path: Path, max_pixels: int) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first stream of pictures. Raises VideoProblem, OSError."""
    if not path.stat().st_size:
        raise VideoProblem(EMPTY)
    try:
        container = av.open(str(path), container_options=_LIMITS)
    except (FFmpegError, ValueError) as error:
        raise VideoProblem(BROKEN.format(problem=_said(error))) from error
    with container:
        if not container.streams.video:
            raise VideoProblem(NO_PICTURES)
        stream = container.streams.video[0]
        pixels = stream.width * stream.height
        if not pixels:
            raise VideoProblem(NO_PICTURES)
        if pixels > max_pixels:
            text = TOO_LARGE.format(pixels=pixels, most=max_pixels)
            raise VideoProblem(text, is_large=True)
        stream.thread_type = "AUTO"
        yield container, stream


def info_of(container: InputContainer, stream: VideoStream) -> VideoInfo:
    """What the container says."""
    fps = float(stream.average_rate) if stream.average_rate else None
    stated = container.duration / _MICROSECONDS if container.duration else 0.0
    # Of a file that is cut off, the length is often that of the rest, and the number of frames that of the whole.
    counted = stream.frames / fps if fps and stream.frames else 0.0
    return VideoInfo(max(stated, counted) or None, fps, _started_at(container, stream))


def _started_at(container: InputContainer, stream: VideoStream) -> datetime | None:
    for name in _TIMES:
        for said in (container.metadata.get(name), stream.metadata.get(name)):
            try:
                clock = parse_clock(said or "")
            except ValueError:
                continue
            return clock.replace(tzinfo=None) if clock.utcoffset() in (None, _ZERO) else clock
    return None


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or type(error).__name__)
