"""Frames of a video decoded one after the other, at a rate, upright. Memory holds a handful of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor
from typing import TYPE_CHECKING, Final

import av
from av.error import FFmpegError

from reid.video.opening import info_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SHORT: Final = 1.0
"""Seconds that a whole video may be shorter than it says: containers round."""

_EARLY: Final = 1e-3
"""Seconds by which a frame may be before its moment: rates such as 29.97 are no whole milliseconds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A decoded frame: its number, counted from 0, and its seconds from the first frame."""

    number: int
    seconds: float
    frame: VideoFrame


@dataclass(slots=True)
class Decoder:
    """One pass over a stream. What cannot be decoded is left out and counted; the rest goes on after it."""

    container: InputContainer
    stream: VideoStream
    broken: int = 0
    """Packets and frames that could not be decoded."""
    seconds: float = 0.0
    """Of the last frame that was decoded."""
    _first: float | None = field(default=None, init=False)

    def samples(self, rate: float, numbers: frozenset[int] | None = None) -> Iterator[Sample]:
        """The first frame, and each first one after every further 1/`rate` seconds; or those of the given numbers alone."""
        info = info_of(self.container, self.stream)
        is_intra = av.Codec(self.stream.codec_context.name, "r").intra_only
        number, due = 0, 0.0

        def is_due() -> bool:
            return seconds >= due - _EARLY if numbers is None else number in numbers

        for packet in self._packets():
            if is_intra and packet.size:
                # Each packet is a whole frame of its own: those between the moments need no decoding.
                seconds = self._seconds(packet.pts, number, info.fps)
                if not is_due():
                    number, self.seconds = number + 1, seconds
                    continue
            for frame in self._decoded(packet):
                seconds = self._seconds(frame.pts, number, info.fps)
                self.seconds = max(self.seconds, seconds)
                if frame.is_corrupt:
                    self.broken += 1
                elif is_due():
                    due = (floor((seconds + _EARLY) * rate) + 1) / rate
                    yield Sample(number, seconds, frame)
                number += 1

    def is_short(self) -> bool:
        """Whether the video ends before the end that it names."""
        duration = info_of(self.container, self.stream).duration
        fps = self.stream.average_rate
        end = self.seconds + (float(1 / fps) if fps else 0.0)
        return duration is not None and end < duration - SHORT

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        try:
            yield from self.container.demux(self.stream)
        except FFmpegError:
            self.broken += 1

    def _decoded(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        try:
            return list(packet.decode())
        except FFmpegError:
            self.broken += 1
            return []

    def _seconds(self, pts: int | None, number: int, fps: float | None) -> float:
        """Of a time stamp, else of the number; from the first frame on."""
        if pts is not None and self.stream.time_base:
            time = float(pts * self.stream.time_base)
        else:
            time = number / fps if fps else float(number)
        if self._first is None:
            self._first = time
        return max(time - self._first, 0.0)
