"""EXIF facts of a photograph: what its clock showed, and which camera it says that it is. Pure.

Cameras after an update, and programs that save a photograph anew, leave the time in another tag than the
first; photo programs look for it in the order of `PLACES`, and so does this module. A camera is named by the
label that its owner has given it, else by its serial number. The time of a Reconyx is in its own note too, which is
asked last. A description is no name: makers write temperatures,
exposures and folder names there.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PIL import ExifTags

from reid.imaging.capture_time import parse_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

ORIGINAL: Final = "exif_original"
DIGITIZED: Final = "exif_digitized"
MODIFIED: Final = "exif_modified"
MAKER: Final = "maker_note"


class _Place(NamedTuple):
    """One place for a capture time; offset and fraction of a second stand beside it."""

    name: str
    is_base: bool
    """Whether the time is in the file's first directory, beside its size; else in the EXIF directory."""
    time: int
    offset: int
    fraction: int


_BASE = ExifTags.Base
PLACES: Final = (
    _Place(
        ORIGINAL, False, _BASE.DateTimeOriginal, _BASE.OffsetTimeOriginal, _BASE.SubsecTimeOriginal
    ),
    _Place(
        DIGITIZED,
        False,
        _BASE.DateTimeDigitized,
        _BASE.OffsetTimeDigitized,
        _BASE.SubsecTimeDigitized,
    ),
    _Place(MODIFIED, True, _BASE.DateTime, _BASE.OffsetTime, _BASE.SubsecTime),
)
"""In the order in which they are asked."""

_OFFSET: Final = re.compile(r"([+-])(\d\d):?([0-5]\d)")
_LARGEST_OFFSET: Final = 14
"""Hours; no zone of the world is further from UTC."""


class _MakerNote(NamedTuple):
    """Place of a label, a serial number and a time in a maker's own note, as offsets and lengths in bytes.

    `parts`: what the numbers of the time are, in their order; the year has two bytes, the others `width` each.
    """

    start: bytes
    label: tuple[int, int]
    serial: tuple[int, int]
    serial_encoding: str
    time: int
    width: int
    parts: tuple[str, ...]


_MONTH_FIRST: Final = ("second", "minute", "hour", "month", "day", "year")
_DAY_FIRST: Final = ("second", "minute", "hour", "day", "month", "year")

# Reconyx publishes these layouts; lib/Image/ExifTool/Reconyx.pm of exiftool lists them. The order of a HyperFire 2's
# month and day is that of real files, whose EXIF tags say the same time.
_HYPERFIRE: Final = _MakerNote(
    b"\x01\xf1", (0x56, 22), (0x2A, 30), "utf-16-le", 0x16, 2, _MONTH_FIRST
)
_RECONYX: Final = (
    _HYPERFIRE,
    _MakerNote(b"RECONYXUF", (0x5A, 21), (0x4B, 15), "ascii", 0x3B, 1, _DAY_FIRST),  # UltraFire
    _MakerNote(  # HyperFire 2
        b"RECONYXH2", (0x68, 22), (0x7E, 30), "utf-16-le", 0x3E, 2, _MONTH_FIRST
    ),
)
_VERSIONS: Final = (b"\x02\x00", b"\x03\x00")
"""Behind a HyperFire's first two bytes, which other notes may begin with too."""


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """`captured_at` is naive, in whatever zone the clock kept, with `offset` as "+HH:MM" where EXIF has one;
    `time_source` is the name of its place. `camera`: the owner's label, else maker and serial number; or empty.
    """

    captured_at: datetime | None = None
    offset: str | None = None
    time_source: str = ""
    camera: str = ""


def facts(base: Mapping[int, Any], details: Mapping[int, Any]) -> ExifFacts:
    """The facts in a file's first directory and in its EXIF directory."""
    camera = _camera(base, details)
    for place in PLACES:
        clock = _clock((base if place.is_base else details).get(place.time))
        if clock is None:
            continue
        digits = re.match(r"\d{1,6}", _text(details.get(place.fraction)))
        if digits:
            clock = clock.replace(microsecond=int(digits[0].ljust(6, "0")))
        offset = clock.isoformat()[-6:] if clock.tzinfo else _offset(details.get(place.offset))
        return ExifFacts(clock.replace(tzinfo=None), offset, place.name, camera)
    if (clock := _note_clock(base, details)) is not None:
        return ExifFacts(clock, None, MAKER, camera)
    return ExifFacts(camera=camera)


def _text(value: object) -> str:
    """An EXIF text without what pads it; cameras fill fields with blanks, nulls and 0xff."""
    if isinstance(value, bytes):
        value = value.decode("ascii", errors="replace")
    text = str(value or "").partition("\0")[0].strip(" \xff")
    return text if text.isprintable() else ""


def _clock(value: object) -> datetime | None:
    """What a clock showed; 0000:00:00 00:00:00 is how a camera says that its clock was never set."""
    try:
        return parse_clock(_text(value))
    except ValueError:
        return None


def _note_clock(base: Mapping[int, Any], details: Mapping[int, Any]) -> datetime | None:
    """What a Reconyx's own note says that its clock showed: programs that take the tags away leave it."""
    found = details.get(_BASE.MakerNote)
    note = found if isinstance(found, bytes) else b""
    for layout in _RECONYX:
        if not note.startswith(layout.start):
            continue
        is_sure = layout is not _HYPERFIRE or note[2:4] in _VERSIONS
        if not is_sure and _text(base.get(_BASE.Make)).upper() != "RECONYX":
            return None
        code = "H" if layout.width == 2 else "B"
        try:
            numbers = list(struct.unpack_from(f"<5{code}H", note, layout.time))
        except struct.error:  # the note is cut off
            return None
        if layout.width == 2 and numbers[0] >= 256 and numbers[0] % 256 == 0:
            # Some firmware writes these numbers, and no others, with their bytes the other way round.
            numbers = list(struct.unpack_from(">6H", note, layout.time))
        try:
            return datetime(**dict(zip(layout.parts, numbers, strict=True)))  # noqa: DTZ001 - a camera's clock
        except ValueError:
            return None
    return None


def _offset(value: object) -> str | None:
    match = _OFFSET.fullmatch(_text(value))
    if match is None or int(match[2]) > _LARGEST_OFFSET:
        return None
    return f"{match[1]}{match[2]}:{match[3]}"


def _camera(base: Mapping[int, Any], details: Mapping[int, Any]) -> str:
    maker, model = _text(base.get(_BASE.Make)), _text(base.get(_BASE.Model))
    label, serial = "", _text(details.get(_BASE.BodySerialNumber))
    found = details.get(_BASE.MakerNote)
    note = found if isinstance(found, bytes) else b""
    for layout in _RECONYX:
        if note.startswith(layout.start):
            maker = maker or "Reconyx"
            label = _part(note, layout.label, "ascii")
            serial = serial or _part(note, layout.serial, layout.serial_encoding)
    if label and label.casefold() != model.casefold():  # as the factory sets it
        return label
    return f"{maker.title()} {serial}".strip() if re.search(r"[1-9]", serial) else ""


def _part(note: bytes, place: tuple[int, int], encoding: str) -> str:
    start, length = place
    return _text(note[start : start + length].decode(encoding, errors="replace"))
