"""Rows of videos made into rows of their frames, which are photographs from there on.

A stretch of frames lies in a folder of its own while it is read and stored, so that neither memory nor disk grows
with the length of a video. An import that is broken off within a video goes on with the frames that it lacks.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.importing.reading import endings
from reid.importing.reading.placing import upload_folder
from reid.importing.reading.readings import LocatedFile, VideoFile
from reid.importing.reading.refused import RowRefused
from reid.importing.report import ALREADY, REPEATED
from reid.importing.rows import Note, Refusal, RefusalReason, Row
from reid.importing.videos import stored
from reid.importing.videos.frames import (
    looked_into,
    refused,
    require_unchanged,
    rows_of,
    start_of,
)
from reid.models import SILENT_AFTER, Image
from reid.video.extract import Stretch, Wanted, extract
from reid.video.opening import VideoProblem
from reid.wording import Number, clock_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reid.importing.report import ReportBuilder

BOX_OF_VIDEO: Final = (
    "it is a video, and no frame of it is named: import the folder of the videos by itself"
)
DAMAGED: Final = "damaged videos"
DAMAGED_TEXT: Final = "The video {path} is damaged{where}: what could be decoded was taken. Copy it from the card again if more is there."
ENDS: Final = " and ends at {at} of {duration}"
READ: Final = "videos"
READ_TEXT: Final = (
    "{count:video was|videos were} read, and gave {frames:photograph|photographs}{how}."
)
MOVING: Final = ": the first frame of each, and those in which something moves"
FIRST: Final = ", the first frame of each, to look at; an import takes more of them"
BY_FILE: Final = "videos timed by their files"
BY_FILE_TEXT: Final = (
    "{count:video names|videos name} no time, such as {path}: the time at which the file was last written was taken. "
    "If files were copied without their times, undo this import and give the time by a pattern over names."
)

FRAMES: Final = ".frames"
"""Folder of UPLOAD_ROOT in which imports have the frames of the stretch in hand."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that are read and written together, with the places of their files.

    `ended`: the video of which these were the last frames, and whether it is damaged. `is_of_video`: they are frames.
    """

    rows: Sequence[Row]
    places: Mapping[str, LocatedFile | RowRefused]
    ended: VideoFile | None = None
    is_damaged: bool = False
    is_of_video: bool = True


@dataclass(slots=True)
class Videos:
    """One import's videos. `folder` is its own, and empty between two stretches; `dry_run` takes first frames alone."""

    folder: Path
    rate: float
    is_moving: bool
    verify: bool = False
    dry_run: bool = False
    read: int = 0
    frames: int = 0
    _by_file: list[str] = field(default_factory=list)
    _looked: dict[Path, VideoFile] = field(default_factory=dict)

    def pieces(
        self,
        rows: Sequence[Row],
        places: Mapping[str, LocatedFile | RowRefused],
        tally: ReportBuilder,
    ) -> Iterator[Piece]:
        """The rows of photographs, then those of the frames of each video, a stretch at a time.

        The files of a piece are gone when the next one is asked for. What cannot be read is tallied.
        """
        videos: dict[Path, tuple[LocatedFile, list[Row]]] = {}
        others = []
        for row in rows:
            place = places[row.path]
            if isinstance(place, LocatedFile) and endings.is_video(place.source.name):
                videos.setdefault(place.source, (place, []))[1].append(row)
            else:
                others.append(row)
        if others or not videos:
            yield Piece(others, places, is_of_video=False)
        for located, of_video in videos.values():
            kept = _row_of(of_video, tally)
            if kept is None:
                continue
            try:
                yield from self._pieces_of(located, kept, tally)
            except RowRefused as error:
                tally.refuse(Refusal(kept.line, kept.path, error.reason, error.text))

    def look_ahead(self, located: LocatedFile, row: Row) -> None:
        """Look into a video before a transaction that will ask for it; what is wrong with it is said then."""
        with suppress(RowRefused):
            self._looked[located.source] = self._look_into(located, row)

    def notes(self) -> Iterator[Note]:
        """What is to be said of all videos."""
        if self.read:
            how = FIRST if self.dry_run else MOVING if self.is_moving else ""
            text = READ_TEXT.format(count=Number(self.read), frames=Number(self.frames), how=how)
            yield Note(READ, text, count=self.read, is_summary=True)
        if count := len(self._by_file):
            text = BY_FILE_TEXT.format(count=Number(count), path=self._by_file[0])
            yield Note(BY_FILE, text, path=self._by_file[0], count=count, is_summary=True)

    def _pieces_of(self, located: LocatedFile, row: Row, tally: ReportBuilder) -> Iterator[Piece]:
        """Raises RowRefused where nothing can be decoded, or the row's time cannot be read."""
        if not self.verify and stored.is_known(located, self.rate, is_moving=self.is_moving):
            tally.skipped[ALREADY] += 1
            return
        video = self._looked.get(located.source) or self._look_into(located, row)
        if not self.verify and stored.has_all(video.sha256, self.rate, is_moving=self.is_moving):
            stored.remember(video)
            tally.skipped[ALREADY] += 1
            return
        known = frozenset[int]() if self.verify else stored.frames_of(video.sha256)
        wanted = Wanted(self.rate, self.is_moving, known, most=1 if self.dry_run else 0)
        start = start_of(video, row)
        if start[1] == Image.TimeSource.FILE:
            self._by_file.append(row.path)
        self.read += 1
        stretches = extract(
            located.source, video.sha256, wanted, self.folder, settings.IMAGE_MAX_PIXELS
        )
        try:
            for stretch in stretches:
                self.frames += len(stretch.frames)
                pairs = list(rows_of(stretch.frames, video, row, start))
                ended = video if stretch.is_last else None
                if ended:
                    require_unchanged(located)
                if stretch.is_damaged:
                    tally.note(_damaged(row, stretch, video))
                places = {frame.path: place for frame, place in pairs}
                rows = [frame for frame, _ in pairs]
                yield Piece(rows, places, ended, stretch.is_damaged)
                for frame_file in stretch.frames:
                    frame_file.path.unlink(missing_ok=True)
        except (VideoProblem, OSError) as error:
            raise refused(error) from error

    def _look_into(self, located: LocatedFile, row: Row) -> VideoFile:
        return looked_into(located, row, self.rate, is_moving=self.is_moving)


@contextmanager
def videos_of(
    rate: float, *, is_moving: bool, verify: bool = False, dry_run: bool = False
) -> Iterator[Videos]:
    """An import's videos, and a folder for their frames while it runs; what killed imports left there is deleted."""
    home = upload_folder() / FRAMES
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = time.time() - SILENT_AFTER.total_seconds()
    for left in home.iterdir():
        if left.stat().st_mtime < oldest:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        yield Videos(Path(folder), rate, is_moving, verify, dry_run)


def _row_of(rows: Iterable[Row], tally: ReportBuilder) -> Row | None:
    """The one row of a video that says that it is there; what else rows say of it is tallied."""
    kept: Row | None = None
    for row in rows:
        if row.area is not None:
            tally.refuse(Refusal(row.line, row.path, RefusalReason.VIDEO, BOX_OF_VIDEO))
        elif kept is not None:
            tally.skipped[REPEATED] += 1
        else:
            kept = row
    return kept


def _damaged(row: Row, stretch: Stretch, video: VideoFile) -> Note:
    duration, where = video.info.duration, ""
    if duration and stretch.seconds < duration - 1.0:
        where = ENDS.format(at=clock_of(stretch.seconds), duration=clock_of(duration))
    return Note(DAMAGED, DAMAGED_TEXT.format(path=row.path, where=where), row.line, row.path)
