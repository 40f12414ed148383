"""EXIF facts: the places of a time, in their order, and the cameras that makers' notes name."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags

from reid.imaging import exif

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST, SECOND, THIRD = "2025:10:05 06:12:44", "2025:10:04 06:12:44", "2025:10:03 06:12:44"


def clock(*numbers: int) -> datetime:
    """What a clock shows, in whatever zone."""
    return datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001  # naive on purpose


def facts(base: Mapping[str, Any] | None = None, /, **details: Any) -> exif.ExifFacts:
    return exif.facts(
        {ExifTags.Base[name]: value for name, value in (base or {}).items()},
        {ExifTags.Base[name]: value for name, value in details.items()},
    )


def test_the_places_of_a_time_are_asked_in_their_order() -> None:
    base = {"DateTime": THIRD}
    all_three = facts(base, DateTimeOriginal=FIRST, DateTimeDigitized=SECOND)
    assert (all_three.captured_at, all_three.time_source) == (
        clock(2025, 10, 5, 6, 12, 44),
        exif.ORIGINAL,
    )
    assert facts(base, DateTimeDigitized=SECOND).time_source == exif.DIGITIZED
    assert facts(base).captured_at == clock(2025, 10, 3, 6, 12, 44)
    assert facts(base).time_source == exif.MODIFIED


def test_a_clock_that_was_never_set_is_passed_over() -> None:
    never = facts({"DateTime": THIRD}, DateTimeOriginal="0000:00:00 00:00:00")
    assert never.time_source == exif.MODIFIED
    assert facts(DateTimeOriginal="    :  :     :  :  ") == exif.ExifFacts()


@pytest.mark.parametrize(
    ("time", "offset", "fraction"),
    [
        ("DateTimeOriginal", "OffsetTimeOriginal", "SubsecTimeOriginal"),
        ("DateTimeDigitized", "OffsetTimeDigitized", "SubsecTimeDigitized"),
    ],
)
def test_each_place_has_its_offset_and_its_fraction(time: str, offset: str, fraction: str) -> None:
    result = facts({}, **{time: FIRST, offset: "-05:00", fraction: "25"})
    assert (result.captured_at, result.offset) == (
        clock(2025, 10, 5, 6, 12, 44, 250_000),
        "-05:00",
    )


def test_the_third_place_has_them_in_the_other_directory() -> None:
    result = facts({"DateTime": THIRD}, OffsetTime="+0200", SubsecTime="007   ")
    assert result.captured_at == clock(2025, 10, 3, 6, 12, 44, 7_000)
    assert result.offset == "+02:00"


@pytest.mark.parametrize("text", ["", "   ", "+25:00", "-05:99", "local", "5"])
def test_an_offset_that_is_none_is_left_out(text: str) -> None:
    assert facts(DateTimeOriginal=FIRST, OffsetTimeOriginal=text).offset is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2025:10:05 02:12:44 PM", 14),
        ("2025:10:05 12:12:44 AM", 0),
        ("2025:10:05 12:12:44 p.m.", 12),
    ],
)
def test_a_twelve_hour_clock_is_read(text: str, hour: int) -> None:
    assert facts(DateTimeOriginal=text).captured_at == clock(2025, 10, 5, hour, 12, 44)


def note(start: bytes, **parts: tuple[int, bytes]) -> bytes:
    result = bytearray(2_000)
    result[: len(start)] = start
    for place, value in parts.values():
        result[place : place + len(value)] = value
    return bytes(result)


SERIAL = "H550AB01234567"


@pytest.mark.parametrize(
    ("start", "label", "serial"),
    [
        (b"\x01\xf1\x04\x00", 0x56, (0x2A, SERIAL.encode("utf-16-le"))),
        (b"RECONYXUF\x00", 0x5A, (0x4B, SERIAL.encode())),
        (b"RECONYXH2\x00", 0x68, (0x7E, SERIAL.encode("utf-16-le"))),
    ],
)
def test_a_reconyx_names_itself_by_its_label_else_by_its_number(
    start: bytes, label: int, serial: tuple[int, bytes]
) -> None:
    base = {"Make": "RECONYX", "Model": "HC550 HYPERFIRE\0\0"}
    labelled = note(start, label=(label, b"NORTH GATE    "), serial=serial)
    assert facts(base, MakerNote=labelled).camera == "NORTH GATE"
    unlabelled = note(start, serial=serial)
    assert facts(base, MakerNote=unlabelled).camera == f"Reconyx {SERIAL}"
    as_delivered = note(start, label=(label, b"HC550 HYPERFIRE"), serial=serial)
    assert facts(base, MakerNote=as_delivered).camera == f"Reconyx {SERIAL}"


HYPERFIRE, ULTRAFIRE, HYPERFIRE_2 = b"\x01\xf1\x03\x00", b"RECONYXUF\x00", b"RECONYXH2\x00"
WORDS = struct.pack("<6H", 44, 12, 6, 10, 25, 2025)


@pytest.mark.parametrize(
    ("start", "place", "content"),
    [
        (HYPERFIRE, 0x16, WORDS),
        (HYPERFIRE, 0x16, struct.pack(">6H", 44, 12, 6, 10, 25, 2025)),  # seen now and then
        (ULTRAFIRE, 0x3B, struct.pack("<5BH", 44, 12, 6, 25, 10, 2025)),
        (HYPERFIRE_2, 0x3E, WORDS),
    ],
)
def test_a_reconyx_whose_tags_are_gone_has_the_time_in_its_note(
    start: bytes, place: int, content: bytes
) -> None:
    """6:12:44 on 25 October 2025: seconds first, and the month before the day but in an UltraFire."""
    in_note = facts(MakerNote=note(start, time=(place, content)))
    assert in_note.captured_at == clock(2025, 10, 25, 6, 12, 44)
    assert (in_note.time_source, in_note.offset) == (exif.MAKER, None)
    both = facts({"DateTime": THIRD}, MakerNote=note(start, time=(place, content)))
    assert both.time_source == exif.MODIFIED  # the tags are surer


@pytest.mark.parametrize(
    "content",
    [
        bytes(12),
        struct.pack("<6H", 44, 12, 6, 25, 10, 2025),
        struct.pack("<6H", 60, 12, 6, 10, 25, 2025),
        b"\xff" * 12,
    ],
)
def test_a_note_without_a_time_that_can_be_gives_none(content: bytes) -> None:
    assert facts(MakerNote=note(HYPERFIRE, time=(0x16, content))).captured_at is None
    assert facts(MakerNote=note(HYPERFIRE, time=(0x16, WORDS))[:30]).captured_at is None  # cut off


def test_a_note_that_begins_as_an_old_reconyx_does_is_one_by_version_or_maker() -> None:
    """The two bytes alone are no sign: another maker's note may begin with them."""
    other = note(b"\x01\xf1\x09\x00", time=(0x16, WORDS))
    assert facts(MakerNote=other).captured_at is None
    assert facts({"Make": "RECONYX"}, MakerNote=other).time_source == exif.MAKER


def test_another_makers_camera_is_known_by_its_serial_number() -> None:
    assert facts({"Make": "BUSHNELL"}, BodySerialNumber="B0042").camera == "Bushnell B0042"
    assert facts({"Make": "BUSHNELL"}, BodySerialNumber="0000000").camera == ""
    assert facts({"ImageDescription": "M2E70L213-212R382B320"}).camera == ""
    assert facts(MakerNote=b"RECONYXUF").camera == ""  # cut off
