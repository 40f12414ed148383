"""CVAT's annotations.xml ("CVAT for images 1.1"), plain or in the ZIP file of an export. No database.

The format: https://docs.cvat.ai/docs/dataset_management/formats/xml_format (version 1.1). `image` elements have `name`,
`width` and `height`; in each lie `box` elements with corners in pixels and perhaps a `rotation` about
the middle, `polygon` elements, and `tag` elements for the image as a whole. `track` elements belong to videos.
CVAT's COCO export is read as COCO.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast
from xml.parsers import expat

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.detectors.areas import between_corners, envelope, size_of
from reid.importing.formats.detectors.entries import (
    NO_FILE,
    DrawnBox,
    Entry,
    EntryReader,
    slashed,
    whole_image,
)
from reid.importing.rows import Item, Refusal, RefusalReason, Skip, SourceProblem
from reid.importing.tables.labels import is_empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO

MEMBER: Final = "annotations.xml"

NOT_XML: Final = "{source} cannot be read: line {line}: this is not XML to its end ({problem})."
NOT_CVAT: Final = "{source} is no CVAT export: it has no annotations."
ENTITIES: Final = "{source} declares entities, which no CVAT export does."
OF_VIDEO: Final = (
    "{source} is CVAT's export of a video, with tracks: export it again as CVAT for images 1.1."
)
BAD_MEMBER: Final = "{source}: {member} in it cannot be unpacked: the ZIP file is damaged."
OTHER_SHAPE: Final = "shape that is no box: {shape}"
TAG_BESIDE_BOXES: Final = "tag of a photograph that has boxes"

_CHUNK: Final = 1 << 16
_SHAPES: Final = frozenset(
    {"box", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton", "tag"}
)


@dataclass(frozen=True, slots=True)
class _Shape:
    kind: str
    values: Mapping[str, str]


@dataclass(slots=True)
class _Photograph:
    line: int
    values: Mapping[str, str]
    shapes: list[_Shape] = field(default_factory=list)


@dataclass(slots=True)
class CvatSource:
    file: Path
    options: SourceOptions = field(default_factory=SourceOptions)

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        reader = EntryReader.of(self.file, self.options)
        for _ in _photographs(self.file):  # to its end, before anything is stored of it
            pass
        for photograph in _photographs(self.file):
            yield from _items(photograph, reader)


class _Parser:
    """The parser of one file: image elements are in `done` when they end."""

    def __init__(self, source: str) -> None:
        self.done: list[_Photograph] = []
        self._source = source
        self._open: _Photograph | None = None
        self._depth = 0
        self._expat = expat.ParserCreate()
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.EntityDeclHandler = self._refuse_entity

    def feed(self, data: bytes) -> None:
        """More of the file; its end where there is none. Raises SourceProblem."""
        try:
            self._expat.Parse(data, not data)
        except expat.ExpatError as error:
            problem = expat.ErrorString(error.code)
            raise SourceProblem(
                NOT_XML.format(source=self._source, line=error.lineno, problem=problem)
            ) from error

    def _start(self, name: str, values: dict[str, str]) -> None:
        if self._depth == 0 and name != "annotations":
            raise SourceProblem(NOT_CVAT.format(source=self._source))
        if self._depth == 1 and name == "track":
            raise SourceProblem(OF_VIDEO.format(source=self._source))
        if self._depth == 1 and name == "image":
            self._open = _Photograph(self._expat.CurrentLineNumber, values)
        if self._depth == 2 and self._open and name in _SHAPES:
            self._open.shapes.append(_Shape(name, values))
        self._depth += 1

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 1 and name == "image" and self._open:
            self.done.append(self._open)
            self._open = None

    def _refuse_entity(self, *_: Any) -> None:
        raise SourceProblem(ENTITIES.format(source=self._source))


def _photographs(file: Path) -> Iterator[_Photograph]:
    """The image elements, one chunk of the file after the other. Raises SourceProblem."""
    parser = _Parser(file.name)
    with _opened(file) as xml:
        while True:
            try:
                data = xml.read(_CHUNK)
            except (
                zipfile.BadZipFile,
                zlib.error,
                EOFError,
                OSError,
                RuntimeError,
                NotImplementedError,
            ) as error:
                raise SourceProblem(BAD_MEMBER.format(source=file.name, member=MEMBER)) from error
            parser.feed(data)
            yield from parser.done
            parser.done.clear()
            if not data:
                return


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if not zipfile.is_zipfile(file):
        with file.open("rb") as xml:
            yield xml
        return
    with zipfile.ZipFile(file) as archive:
        try:
            member = archive.open(MEMBER)
        except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise SourceProblem(BAD_MEMBER.format(source=file.name, member=MEMBER)) from error
        with member:
            yield member


def _items(photograph: _Photograph, reader: EntryReader) -> Iterator[Item]:
    name = photograph.values.get("name", "")
    if not name:
        yield Refusal(photograph.line, "", RefusalReason.ROW, NO_FILE)
        return
    size = size_of(photograph.values.get("width"), photograph.values.get("height"))
    shapes = [shape for shape in photograph.shapes if not _is_empty(shape)]
    has_boxes = any(shape.kind in ("box", "polygon") for shape in shapes)

    def read(shape: Any) -> DrawnBox | Skip:
        return _box(cast("_Shape", shape), size, has_boxes=has_boxes)

    yield from reader.items(Entry(photograph.line, slashed(name), shapes), read)


def _is_empty(shape: _Shape) -> bool:
    """Whether a tag says that there is nothing."""
    return shape.kind == "tag" and is_empty(shape.values.get("label", ""))


def _box(shape: _Shape, size: tuple[float, float] | None, *, has_boxes: bool) -> DrawnBox | Skip:
    label = shape.values["label"]
    if shape.kind == "tag":
        return Skip(TAG_BESIDE_BOXES) if has_boxes else whole_image(label)
    if shape.kind == "box":
        corners = _turned(
            [float(shape.values[edge]) for edge in ("xtl", "ytl", "xbr", "ybr")],
            float(shape.values.get("rotation", 0.0)),
        )
    elif shape.kind == "polygon":
        points = re.findall(r"([-+.\deE]+),([-+.\deE]+)", shape.values["points"])
        corners = envelope([(float(across), float(down)) for across, down in points])
    else:
        return Skip(OTHER_SHAPE.format(shape=shape.kind))
    return DrawnBox(between_corners(corners, size), label=label)


def _turned(corners: list[float], degrees: float) -> tuple[float, float, float, float]:
    """The upright box around one that is turned about its middle."""
    left, top, right, bottom = corners
    if not degrees:
        return left, top, right, bottom
    middle, center = (left + right) / 2, (top + bottom) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return envelope(
        [
            (
                middle + (across - middle) * cosine - (down - center) * sine,
                center + (across - middle) * sine + (down - center) * cosine,
            )
            for across in (left, right)
            for down in (top, bottom)
        ]
    )


def _recognises(peek: Peek) -> bool:
    if peek.kind is SourceKind.ARCHIVE:
        return MEMBER in peek.members
    head = peek.text.lstrip()
    return peek.kind is SourceKind.TEXT and bool(
        re.match(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<annotations\b", head, re.DOTALL)
    )


def _open(path: Path, options: SourceOptions) -> CvatSource:
    return CvatSource(path, options)


FORMAT: Final = FormatOf(
    "cvat", "CVAT for images", _recognises, _open, frozenset({SourceKind.TEXT, SourceKind.ARCHIVE})
)
