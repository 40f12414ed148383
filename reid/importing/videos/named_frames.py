"""Rows about frames of a video, as detectors' files have them: each on the stored frame of its number, or on one that is taken now.

A frame is known by the bytes of its video and its number. Where the video itself is not there, stored frames are found by
the name that the video had when it came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reid.importing.reading.readings import LocatedFile
from reid.importing.reading.refused import RowRefused
from reid.importing.rows import Refusal, RefusalReason
from reid.importing.videos import stored
from reid.importing.videos.frames import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row
    from reid.models import Image

NOT_THERE: Final = (
    "{text}, and no frames of a video of this name are stored: put the video where this file names it, "
    "and import the file again"
)
SEVERAL: Final = (
    "{text}, and frames of several videos of this name are stored: put the video that is meant where this file names it, "
    "and import the file again"
)
NOT_STORED: Final = (
    "frame {number} of this video is not stored, and the video is not there to take it from: put it where this file names "
    "it, and import the file again"
)
NOT_IN_IT: Final = "the video has no frame {number} that can be decoded"
BLANK: Final = "frames of videos without a box, which are not stored"


@dataclass(frozen=True, slots=True)
class NamedFrames:
    """Rows of one video by the numbers of their frames, and the frames that are stored of it by theirs.

    `has_frames`: whether any frame is stored of the video. `is_there`: whether the video is, so that others can be taken.
    """

    rows: Mapping[int, Sequence[Row]]
    images: Mapping[int, Image]
    has_frames: bool
    is_there: bool

    def on_stored(self) -> Iterator[tuple[Row, LocatedFile]]:
        """The rows of stored frames, with what stands for those. Raises RowRefused for a time that cannot be read."""
        for number, image in self.images.items():
            place = LocatedFile(Path(image.path), image.path, image=image)
            for row in self.rows[number]:
                yield row_of(row, number, image.frame_seconds or 0.0), place

    def missing(self, tally: ReportBuilder) -> frozenset[int]:
        """The frames that are to be taken of the video: those with boxes, else one, so that it is known as blank.

        Rows of frames that are not stored, and of a video that is not there, are refused.
        """
        rest = {number: rows for number, rows in self.rows.items() if number not in self.images}
        boxed = {number for number, rows in rest.items() if any(row.area for row in rows)}
        if rest and not (boxed or self.has_frames):
            boxed = {min(rest)}
        if without := len(rest) - len(boxed):
            tally.skipped[BLANK] += without
        if self.is_there:
            return frozenset(boxed)
        for number in sorted(boxed):
            text = NOT_STORED.format(number=number)
            refuse(rest[number], RowRefused(RefusalReason.VIDEO, text), tally)
        return frozenset()


def named_frames(sha256: str, rows: Sequence[Row], *, is_there: bool) -> NamedFrames:
    """What is stored of the frames that the rows name, of the video of this checksum; two queries."""
    by_number: dict[int, list[Row]] = {}
    for row in rows:
        if row.frame is not None:
            by_number.setdefault(row.frame, []).append(row)
    images = stored.images_of(sha256, by_number)
    return NamedFrames(by_number, images, bool(images or stored.frames_of(sha256)), is_there)


def checksum_by_name(path: str, missing: RowRefused) -> str:
    """The checksum of the one video that came in under this name. Raises RowRefused where there is none, or several."""
    found = stored.checksums_by_name(path)
    if len(found) == 1:
        return found[0]
    text = SEVERAL if found else NOT_THERE
    raise RowRefused(missing.reason, text.format(text=missing.text))


def no_such_frame(number: int) -> RowRefused:
    """The refusal of rows about a frame that the video does not have."""
    return RowRefused(RefusalReason.VIDEO, NOT_IN_IT.format(number=number))


def refuse(rows: Sequence[Row], error: RowRefused, tally: ReportBuilder) -> None:
    """Tally the rows as refused."""
    for row in rows:
        tally.refuse(Refusal(row.line, row.path, error.reason, error.text))
