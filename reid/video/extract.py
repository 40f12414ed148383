"""Frames of videos written as JPEG files, a stretch at a time: all that were sampled, or those where something moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from av.error import FFmpegError
from PIL import ExifTags
from PIL.Image import Exif, Transpose, fromarray

from reid.video.decoding import Decoder
from reid.video.motion import HEIGHT, WIDTH, Motion
from reid.video.opening import NO_PICTURES, VideoProblem, info_of, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    from av.video.frame import VideoFrame

    from reid.video.opening import VideoInfo

STRETCH: Final = 120
"""Frames that are compared with one another, and lie on the disk at a time."""
LONGEST_STRETCH: Final = 300.0
"""Seconds of a video after which whoever reads it hears of it, however few frames were sampled."""
QUALITY: Final = 92
_TURNS: Final = {90: Transpose.ROTATE_90, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_270}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken of a video: `rate` frames a second, those that `moving` alone or all of them.

    `known`: numbers of frames that are there already. `most`: frames in all, 0: whatever there are. `numbers`: these frames
    are taken instead, whatever rate and motion.
    """

    rate: float = 1.0
    moving: bool = True
    known: frozenset[int] = frozenset()
    most: int = 0
    numbers: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class FrameFile:
    """A frame that was written: its number from 0, and its seconds from the first frame on."""

    path: Path
    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """The next frames of a video, in order. `seconds` is how far it was decoded.

    `is_last` and `is_damaged` are true at the end alone: a damaged one has parts that cannot be decoded, or ends too early.
    """

    frames: tuple[FrameFile, ...]
    seconds: float
    is_last: bool = False
    is_damaged: bool = False


def look(path: Path, max_pixels: int) -> VideoInfo:
    """What a video says of itself. Raises VideoProblem, OSError."""
    with opened(path, max_pixels) as (container, stream):
        return info_of(container, stream)


def extract(
    path: Path, sha256: str, wanted: Wanted, folder: Path, max_pixels: int
) -> Iterator[Stretch]:
    """The wanted frames as files in `folder`, which are the caller's to delete.

    `sha256` of the video and the number of the frame are in each file's EXIF (ImageUniqueID), so that no two frames
    are the same bytes, and one frame always is. Raises VideoProblem where not one frame can be decoded, OSError.
    """
    with opened(path, max_pixels) as (container, stream):
        decoder, motion = Decoder(container, stream), Motion()
        files: list[FrameFile] = []
        greys: list[npt.NDArray[np.uint8]] = []
        began, has_any = 0.0, False
        is_moving = wanted.moving and wanted.numbers is None

        def settled() -> tuple[FrameFile, ...]:
            choice = motion.chosen(greys) if is_moving else [True] * len(files)
            for file, is_taken in zip(files, choice, strict=True):
                if not is_taken:
                    file.path.unlink(missing_ok=True)
            pairs = zip(files, choice, strict=True)
            taken = tuple(f for f, is_taken in pairs if is_taken and f.number not in wanted.known)
            files.clear()
            greys.clear()
            return taken

        for count, sample in enumerate(decoder.samples(wanted.rate, wanted.numbers), 1):
            if files and (len(files) >= STRETCH or sample.seconds - began >= LONGEST_STRETCH):
                yield Stretch(settled(), decoder.seconds)
            if not files:
                began = sample.seconds
            file = FrameFile(folder / f"{sample.number:06}.jpg", sample.number, sample.seconds)
            try:
                if is_moving:
                    greys.append(small_grey(sample.frame))
                if sample.number not in wanted.known:
                    _write(sample.frame, file.path, f"{sha256[:24]}{sample.number:08x}")
            except (FFmpegError, ValueError):
                decoder.broken += 1
                del greys[len(files) :]
                continue
            files.append(file)
            has_any = True
            if count == wanted.most:
                yield Stretch(settled(), decoder.seconds, is_last=True)
                return
        if not has_any and wanted.numbers is None:
            raise VideoProblem(NO_PICTURES)
        is_damaged = decoder.broken > 0 or decoder.is_short()
        yield Stretch(settled(), decoder.seconds, is_last=True, is_damaged=is_damaged)


def small_grey(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    """The frame in grey, of the shape that `reid.video.motion` compares; not turned."""
    small = frame.reformat(width=WIDTH, height=HEIGHT, format="gray", interpolation="AREA")
    return small.to_ndarray().astype("uint8", copy=False)


def _write(frame: VideoFrame, path: Path, unique: str) -> None:
    image = fromarray(frame.to_ndarray(format="rgb24"))
    turn = _TURNS.get(round(frame.rotation) % 360)
    if turn is not None:
        image = image.transpose(turn)
    exif = Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ImageUniqueID] = unique
    image.save(path, "JPEG", quality=QUALITY, subsampling="4:2:0", exif=exif)
