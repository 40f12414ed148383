"""Rows of videos made into rows of their frames, which are photographs from there on.

A stretch of frames lies in a folder of its own while it is read and stored, so that neither memory nor disk grows
with the length of a video. An import that is broken off within a video goes on with the frames that it lacks.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.imaging.capture_time import parse_clock
from reid.importing.reading import endings
from reid.importing.reading.files import CHANGED, LONG_NAME
from reid.importing.reading.placing import upload_folder
from reid.importing.reading.readings import _LONGEST, FrameOf, LocatedFile, VideoFile
from reid.importing.reading.refused import RowRefused
from reid.importing.report import ALREADY, REPEATED
from reid.importing.rows import Note, Refusal, RefusalReason, Row
from reid.importing.videos import stored
from reid.models import SILENT_AFTER, Image
from reid.video.extract import Stretch, Wanted, extract, look
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

    `ended`: the video of which these were the last frames, and whether it is damaged.
    """

    rows: Sequence[Row]
    places: Mapping[str, LocatedFile | RowRefused]
    ended: VideoFile | None = None
    is_damaged: bool = False


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
            yield Piece(others, places)
        for located, of_video in videos.values():
            kept = _row_of(of_video, tally)
            if kept is None:
                continue
            try:
                yield from self._pieces_of(located, kept, tally)
            except RowRefused as refused:
                tally.refuse(Refusal(kept.line, kept.path, refused.reason, refused.text))

    def look_ahead(self, located: LocatedFile, row: Row) -> None:
        """Look into a video before a transaction that will ask for it; what is wrong with it is said then."""
        with suppress(RowRefused):
            self._looked[located.source] = self._looked_into(located, row)

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
        video = self._looked_into(located, row)
        if not self.verify and stored.has_all(video.sha256, self.rate, is_moving=self.is_moving):
            stored.remember(video)
            tally.skipped[ALREADY] += 1
            return
        known = frozenset[int]() if self.verify else stored.frames_of(video.sha256)
        wanted = Wanted(self.rate, self.is_moving, known, most=1 if self.dry_run else 0)
        row, started_at, source = self._timed(video, row)
        self.read += 1
        stretches = extract(
            located.source, video.sha256, wanted, self.folder, settings.IMAGE_MAX_PIXELS
        )
        try:
            for stretch in stretches:
                self.frames += len(stretch.frames)
                yield self._piece(stretch, video, row, (started_at, source), tally)
                for frame in stretch.frames:
                    frame.path.unlink(missing_ok=True)
        except VideoProblem as problem:
            raise _refused(problem) from problem
        except OSError as error:
            text = error.strerror or type(error).__name__
            raise RowRefused(RefusalReason.UNREADABLE, text) from error

    def _looked_into(self, located: LocatedFile, row: Row) -> VideoFile:
        """Raises RowRefused."""
        if (known := self._looked.get(located.source)) is not None:
            return known
        try:
            info = look(located.source, settings.IMAGE_MAX_PIXELS)
            digest = _sha256(located.source)
        except VideoProblem as problem:
            raise _refused(problem) from problem
        except OSError as error:
            text = error.strerror or type(error).__name__
            raise RowRefused(RefusalReason.UNREADABLE, text) from error
        _require_unchanged(located)
        return VideoFile(row.path, located, digest, info, self.rate, self.is_moving)

    def _timed(self, video: VideoFile, row: Row) -> tuple[Row, datetime | None, str]:
        """The row, and when the first frame was taken, where neither row nor pattern says it."""
        if row.captured_at:
            return row, None, ""
        if video.info.started_at is not None:
            return row, video.info.started_at, Image.TimeSource.VIDEO
        if row.pattern_time:
            return row, None, ""
        self._by_file.append(row.path)
        written = datetime.fromtimestamp(video.located.modified_ns / 1e9, UTC)
        # Cameras write as they film: the file was last written when the video ended.
        return row, written - timedelta(seconds=video.info.duration or 0.0), Image.TimeSource.FILE

    def _piece(
        self,
        stretch: Stretch,
        video: VideoFile,
        row: Row,
        start: tuple[datetime | None, str],
        tally: ReportBuilder,
    ) -> Piece:
        started_at, source = start
        rows, places = [], dict[str, LocatedFile | RowRefused]()
        for frame in stretch.frames:
            status = frame.path.stat()
            path = f"{row.path}#{frame.number}"
            rows.append(
                replace(
                    row,
                    path=path,
                    captured_at=_later(row.captured_at, frame.seconds),
                    pattern_time=_later(row.pattern_time, frame.seconds),
                    of_path=frozenset(),
                )
            )
            places[path] = LocatedFile(
                frame.path,
                f"{_folder_of(video)}{frame.path.name}",
                status.st_size,
                status.st_mtime_ns,
                frame=FrameOf(video, frame.number, frame.seconds, started_at, source),
            )
        if not stretch.is_last:
            return Piece(rows, places)
        _require_unchanged(video.located)
        if stretch.is_damaged:
            tally.note(_damaged(row, stretch, video))
        return Piece(rows, places, video, stretch.is_damaged)


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
    except ValueError as error:
        raise RowRefused(RefusalReason.TIME, str(error)) from error


def _damaged(row: Row, stretch: Stretch, video: VideoFile) -> Note:
    duration, where = video.info.duration, ""
    if duration and stretch.seconds < duration - 1.0:
        where = ENDS.format(at=clock_of(stretch.seconds), duration=clock_of(duration))
    return Note(DAMAGED, DAMAGED_TEXT.format(path=row.path, where=where), row.line, row.path)


def _refused(problem: VideoProblem) -> RowRefused:
    reason = RefusalReason.TOO_LARGE if problem.is_large else RefusalReason.UNREADABLE
    return RowRefused(reason, str(problem))


def _require_unchanged(located: LocatedFile) -> None:
    try:
        status = located.source.stat()
    except OSError as error:
        raise RowRefused(RefusalReason.UNREADABLE, CHANGED) from error
    if (status.st_size, status.st_mtime_ns) != (located.size, located.modified_ns):
        raise RowRefused(RefusalReason.UNREADABLE, CHANGED)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
