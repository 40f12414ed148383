"""Videos in the database: known again by their bytes, written with their first frames, finished after the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone

from reid.importing.reading.files import is_settled
from reid.models import Image, Video

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reid.importing.reading.readings import LocatedFile, Reading, VideoFile
    from reid.models import Import


_LONGEST: Final = Video._meta.get_field("file").max_length or 0


def is_known(located: LocatedFile, rate: float, *, is_moving: bool) -> bool:
    """Whether the file is as it was when all that is wanted was taken of it: told by path, size and time."""
    rows = Video.objects.filter(
        file=str(located.source), size=located.size, modified_ns=located.modified_ns
    )
    return rows.filter(**_finished(rate, is_moving=is_moving)).exists()


def has_all(sha256: str, rate: float, *, is_moving: bool) -> bool:
    """Whether all that is wanted was taken of a video of these bytes."""
    return Video.objects.filter(sha256=sha256, **_finished(rate, is_moving=is_moving)).exists()


def checksum_of(located: LocatedFile) -> str:
    """The checksum of a video that is known by path, size and time; empty where it is not."""
    rows = Video.objects.filter(
        file=str(located.source), size=located.size, modified_ns=located.modified_ns
    )
    return rows.values_list("sha256", flat=True).first() or ""


def checksums_by_name(path: str) -> list[str]:
    """The checksums of the videos that a source named so."""
    return list(Video.objects.filter(path=path).values_list("sha256", flat=True)[:2])


def images_of(sha256: str, numbers: Iterable[int]) -> dict[int, Image]:
    """The stored frames of a video, by their numbers."""
    images = Image.objects.filter(video__sha256=sha256, frame_number__in=list(numbers))
    return {image.frame_number: image for image in images if image.frame_number is not None}


def frames_of(sha256: str) -> frozenset[int]:
    """Numbers of the frames that are stored of a video."""
    images = Image.objects.filter(video__sha256=sha256)
    numbers = images.values_list("frame_number", flat=True)
    return frozenset(number for number in numbers if number is not None)


def rows_of(readings: Iterable[Reading], record: Import) -> dict[str, Video]:
    """The rows of the videos that new photographs are frames of, by checksum; made where there is none yet."""
    files = {
        frame.video.sha256: frame.video
        for reading in readings
        if reading.photograph and (frame := reading.photograph.located.frame)
    }
    if not files:
        return {}
    Video.objects.bulk_create(
        (
            Video(
                path=file.path,
                sha256=file.sha256,
                size=file.located.size,
                duration=file.info.duration,
                fps=file.info.fps,
                rate=file.rate,
                taken=_taken(is_moving=file.is_moving),
                made_by_import=record,
            )
            for file in files.values()
        ),
        ignore_conflicts=True,
    )
    return {video.sha256: video for video in Video.objects.filter(sha256__in=files)}


def finish(file: VideoFile, *, is_damaged: bool) -> None:
    """Note that all that is wanted of a video is stored."""
    Video.objects.filter(sha256=file.sha256).update(
        rate=file.rate,
        taken=_taken(is_moving=file.is_moving),
        is_damaged=is_damaged,
        finished_at=timezone.now(),
    )
    remember(file)


def remember(file: VideoFile) -> None:
    """Note where a video lies, so that it is known there without reading, where its time will show a change."""
    source = str(file.located.source)
    if is_settled(file.located.modified_ns) and len(source) <= _LONGEST:
        rows = Video.objects.filter(sha256=file.sha256)
        rows.update(file=source, modified_ns=file.located.modified_ns)


def _taken(*, is_moving: bool) -> Video.Taken:
    return Video.Taken.MOVING if is_moving else Video.Taken.ALL


def _finished(rate: float, *, is_moving: bool) -> dict[str, object]:
    taken = _taken(is_moving=is_moving)
    return {"rate": rate, "taken": taken, "finished_at__isnull": False}
