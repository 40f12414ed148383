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
from reid.importing.rows import Refusal, RefusalReason, Row
from reid.importing.videos import said, stored
from reid.importing.videos.frames import (
    files_of,
    looked_into,
    refused,
    require_unchanged,
    row_of,
    start_of,
)
from reid.importing.videos.named_frames import checksum_by_name, named_frames, no_such_frame, refuse
from reid.models import SILENT_AFTER, Image
from reid.video.extract import Wanted, extract
from reid.video.opening import VideoProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Note

BOX_OF_VIDEO: Final = (
    "it is a video, and no frame of it is named: import the folder of the videos by itself"
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
    named: int = 0
    """Videos of which those frames alone were taken that rows name."""
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
        of_frames: dict[str, list[Row]] = {}
        others = []
        for row in rows:
            place = places[row.path]
            if row.frame is not None:
                of_frames.setdefault(row.path, []).append(row)
            elif isinstance(place, LocatedFile) and endings.is_video(place.source.name):
                videos.setdefault(place.source, (place, []))[1].append(row)
            else:
                others.append(row)
        if others or not (videos or of_frames):
            yield Piece(others, places, is_of_video=False)
        for path, of_video in of_frames.items():
            yield from self._named_pieces(places[path], of_video, tally)
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
            self._looked[located.source] = self._video(located, row)

    def notes(self) -> Iterator[Note]:
        """What is to be said of all videos."""
        if self.read:
            how = said.FIRST if self.dry_run else said.MOVING if self.is_moving else ""
            if self.named == self.read:
                how = said.NAMED
            yield said.read(self.read, self.frames, how)
        if self._by_file:
            yield said.by_file(self._by_file)

    def _pieces_of(self, located: LocatedFile, row: Row, tally: ReportBuilder) -> Iterator[Piece]:
        """Raises RowRefused where nothing can be decoded, or the row's time cannot be read."""
        if not self.verify and stored.is_known(located, self.rate, is_moving=self.is_moving):
            tally.skipped[ALREADY] += 1
            return
        video = self._video(located, row)
        if not self.verify and stored.has_all(video.sha256, self.rate, is_moving=self.is_moving):
            stored.remember(video)
            tally.skipped[ALREADY] += 1
            return
        known = frozenset[int]() if self.verify else stored.frames_of(video.sha256)
        wanted = Wanted(self.rate, self.is_moving, known, most=1 if self.dry_run else 0)
        yield from self._taken(video, wanted, row, lambda _: (row,), tally)

    def _named_pieces(
        self, place: LocatedFile | RowRefused, rows: Sequence[Row], tally: ReportBuilder
    ) -> Iterator[Piece]:
        """The rows of frames of one video: on those that are stored, then on those that are taken of it now."""
        located = place if isinstance(place, LocatedFile) else None
        video: VideoFile | None = None
        try:
            if isinstance(place, RowRefused):
                sha256 = checksum_by_name(rows[0].path, place)
            elif self.verify or not (sha256 := stored.checksum_of(place)):
                video = self._video(place, rows[0])
                sha256 = video.sha256
            frames = named_frames(sha256, rows, is_there=located is not None)
            on_stored = list(frames.on_stored())
        except RowRefused as error:
            refuse(rows, error, tally)
            return
        if on_stored:
            yield Piece([row for row, _ in on_stored], {row.path: at for row, at in on_stored})
        left = {number: frames.rows[number] for number in frames.missing(tally)}
        if not left or located is None:
            return
        wanted = Wanted(self.rate, numbers=frozenset(left), most=1 if self.dry_run else 0)
        self.named += 1
        try:
            video = video or self._video(located, rows[0])
            yield from self._taken(video, wanted, rows[0], left.pop, tally)
            stored.remember(video)
        except RowRefused as error:
            refuse([row for of_frame in left.values() for row in of_frame], error, tally)
            return
        if not self.dry_run:
            for number, of_frame in left.items():
                refuse(of_frame, no_such_frame(number), tally)

    def _taken(
        self,
        video: VideoFile,
        wanted: Wanted,
        first: Row,
        rows_on: Callable[[int], Sequence[Row]],
        tally: ReportBuilder,
    ) -> Iterator[Piece]:
        """The wanted frames, a stretch at a time, with the rows on each by its number. Raises RowRefused."""
        start = start_of(video, first)
        if start[1] == Image.TimeSource.FILE:
            self._by_file.append(first.path)
        self.read += 1
        source = video.located.source
        stretches = extract(source, video.sha256, wanted, self.folder, settings.IMAGE_MAX_PIXELS)
        try:
            for stretch in stretches:
                self.frames += len(stretch.frames)
                if stretch.is_last:
                    require_unchanged(video.located)
                if stretch.is_damaged:
                    tally.note(said.damaged(first, stretch, video))
                rows: list[Row] = []
                places: dict[str, LocatedFile | RowRefused] = {}
                for frame, file in files_of(stretch.frames, video, start):
                    of_frame = [
                        row_of(row, frame.number, frame.seconds) for row in rows_on(frame.number)
                    ]
                    rows += of_frame
                    places |= {row.path: file for row in of_frame}
                ended = video if stretch.is_last and wanted.numbers is None else None
                yield Piece(rows, places, ended, stretch.is_damaged)
                for frame_file in stretch.frames:
                    frame_file.path.unlink(missing_ok=True)
        except (VideoProblem, OSError) as error:
            raise refused(error) from error

    def _video(self, located: LocatedFile, row: Row) -> VideoFile:
        """What was read ahead of a video, or is read now. Raises RowRefused."""
        if (video := self._looked.get(located.source)) is not None:
            return video
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
