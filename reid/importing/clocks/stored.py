"""Stored photographs of which a source says otherwise: another camera or time. The stored ones stay; it is noted.

A person may have renamed the camera or moved the photograph since, and a corrected table may mean what it says: only
people can tell.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from reid.importing.rows import Note
from reid.models import Image
from reid.naming import name_key
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

    from reid.importing.rows import Row

OTHER_CAMERA: Final = "photographs of another camera"
OTHER_TIME: Final = "photographs of another time"
OTHER_CAMERA_TEXT: Final = (
    "{count:photograph is|photographs are} stored as of camera {stored!r}, and the source says {camera!r}, such as {path}: "
    "the stored camera stays. If the source is right, change the camera in the admin, or undo the import that "
    "brought {count:|it|them} and import the source again."
)
OTHER_TIME_TEXT: Final = (
    "{count:photograph is|photographs are} stored with another time than the source says, such as {path} ({stored} and {time}): "
    "the stored time stays. If the source is right, correct_clock moves {count:|it|them}."
)
_SAME: Final = timedelta(seconds=1)


class Told(Protocol):
    """What is looked at of a reading of `reid.importing.reading.prepare`."""

    image: Image | None
    captured_at: datetime | None

    @property
    def kept(self) -> Sequence[Row]: ...


@dataclass(slots=True)
class StoredOtherwise:
    """What an import notices; it grows with the number of pairs of cameras, not of photographs."""

    cameras: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """Counts by the stored camera's name and the source's."""
    times: int = 0
    _examples: dict[tuple[str, str], str] = field(default_factory=dict)
    _example: tuple[str, datetime, datetime] | None = None

    def see(self, reading: Told, zone_of: Callable[[str], tzinfo]) -> None:
        """Compare a reading of a stored photograph with it. `zone_of`: a camera's zone, by its name."""
        image, row = reading.image, reading.kept[0]
        if image is None:
            return
        stored = image.camera.name if image.camera else ""
        if stored and row.camera and name_key(stored) != name_key(row.camera):
            self.cameras[stored, row.camera] += 1
            self._examples.setdefault((stored, row.camera), row.path)
        if image.time_source == Image.TimeSource.CORRECTED or not row.captured_at:
            return
        before, now = image.captured_at, reading.captured_at
        if before and now and abs(before - now) >= _SAME:
            self.times += 1
            zone = zone_of(stored)
            here = (row.path, before.astimezone(zone), now.astimezone(zone))
            self._example = self._example or here

    def notes(self) -> Iterator[Note]:
        for pair, count in self.cameras.items():
            path = self._examples[pair]
            text = OTHER_CAMERA_TEXT.format(
                count=Number(count), stored=pair[0], camera=pair[1], path=path
            )
            yield Note(OTHER_CAMERA, text, path=path, count=count, is_summary=True)
        if self._example:
            path, stored, time = self._example
            text = OTHER_TIME_TEXT.format(
                count=Number(self.times),
                path=path,
                stored=f"{stored:%Y-%m-%d %H:%M:%S}",
                time=f"{time:%Y-%m-%d %H:%M:%S}",
            )
            yield Note(OTHER_TIME, text, path=path, count=self.times, is_summary=True)
