"""Strangers: files that no format reads, told by their first bytes, with what to do instead. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import SourceKind
from reid.importing.reading import endings

if TYPE_CHECKING:
    from reid.importing.formats.base import Peek

EMPTY: Final = "{source} is an empty file: save it or copy it again."
PHOTOGRAPH: Final = "{source} is a photograph: import the folder that it lies in, or a table or a detector's file about it."
VIDEO: Final = "{source} is a video: import the folder that it lies in."
PDF: Final = "{source} is a PDF: export its table as CSV or .xlsx."
DATABASE: Final = (
    "{source} is a database, as Timelapse keeps one: export its data as CSV there, and import that."
)
PACKED: Final = "{source} is packed: unpack it, and import what is in it."
ARCHIVE: Final = (
    "{source} is a ZIP archive, and no Camtrap DP package, export of Wildlife Insights or CVAT: "
    "unpack it, and import the folder or the file in it."
)
WEB_PAGE: Final = "{source} is a web page: save its table as CSV or .xlsx, and import that."
PASCAL_VOC: Final = "{source} is Pascal VOC, a file for one photograph: export COCO, which has all of them in one file."
XML: Final = (
    "{source} is XML, of which CVAT's alone is read (CVAT for images 1.1): export JSON or CSV."
)
YOLO: Final = "{source} holds YOLO's boxes, which name no photograph: export COCO, or let the detector write MegaDetector's JSON."

_FIRST_BYTES: Final = (
    (re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|II\*\0|MM\0\*|RIFF....WEBP", re.DOTALL), PHOTOGRAPH),
    (re.compile(rb"....ftyp(hei[cfx]|mif1|avif)", re.DOTALL), PHOTOGRAPH),
    (re.compile(rb"....ftyp|RIFF....AVI |\x1aE\xdf\xa3|0&\xb2u", re.DOTALL), VIDEO),
    (re.compile(rb"%PDF-"), PDF),
    (re.compile(rb"SQLite format 3\0"), DATABASE),
    (re.compile(rb"\x1f\x8b|BZh|7z\xbc\xaf|Rar!|\xfd7zXZ"), PACKED),
)
_YOLO: Final = re.compile(r"\d{1,4}( \d*\.?\d+){4,5}")


def said_of(peek: Peek) -> str:
    """What the source is, in a sentence; empty where it may be a table."""
    source = peek.path.name or str(peek.path)
    if peek.kind is SourceKind.ARCHIVE:
        return ARCHIVE.format(source=source)
    if peek.kind is not SourceKind.TEXT:
        return ""
    for first_bytes, text in _FIRST_BYTES:
        if first_bytes.match(peek.head):
            return text.format(source=source)
    if endings.is_video(peek.path.name):
        return VIDEO.format(source=source)
    if not peek.text.strip():
        return EMPTY.format(source=source)
    return _said_of_text(peek.text.lstrip()).format(source=source)


def _said_of_text(text: str) -> str:
    if text.startswith("<"):
        if re.match(r"<(!doctype html|html|head|body|table)\b", text, re.IGNORECASE):
            return WEB_PAGE
        return PASCAL_VOC if "<annotation>" in text and "<bndbox>" in text else XML
    lines = text.splitlines()
    return YOLO if lines and _YOLO.fullmatch(lines[0].strip()) else ""
