"""Outlines of JSON files: the members of their beginning, by which formats are told apart. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.detectors.json_stream import JsonStream

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_NAMED: Final = 8
"""How many members a description names."""

EMPTY: Final = "an empty file"
NO_JSON: Final = "no JSON"
TEXT_BEFORE: Final = (
    "JSON with a program's messages before it: let the program write its file itself (--output)"
)
_NEIGHBOURS: Final = (
    ({"features", "type"}, "GeoJSON, which is a map"),
    ({"resources"}, "a data package's datapackage.json: import the package's folder or ZIP file"),
    ({"shapes", "imagePath"}, "LabelMe's file of one photograph: export COCO"),
    ({"_via_img_metadata"}, "a project of the VGG Image Annotator: export COCO"),
    ({"instances"}, "SpeciesNet's list of photographs: import the predictions.json that it writes"),
    ({"cells", "nbformat"}, "a Jupyter notebook"),
)
_LIST_NEIGHBOURS: Final = (
    (
        {"image_id", "category_id"},
        "COCO results, which name no files: give the data set with images and categories",
    ),
)


@dataclass(frozen=True, slots=True)
class Outline:
    """What the beginning of a file shows.

    `members`: by the name of each member of its object, the keys of its value, or of the first entry where that
    is an array; none where the beginning ends before. `first`: the keys of the first entry of a file that is
    an array itself.
    """

    is_object: bool = False
    is_array: bool = False
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    first: frozenset[str] = frozenset()


@lru_cache(maxsize=4)
def outline(text: str) -> Outline:
    """The outline of a file that begins with `text`."""
    start = text.lstrip()[:1]
    stream = JsonStream(io.StringIO(text))
    if start == "[":
        return Outline(is_array=True, first=_first_of(stream))
    members: dict[str, frozenset[str]] = {}
    if start == "{":
        try:
            for name in stream.members():
                members[name] = frozenset()
                if not stream.is_at("["):
                    members[name] = _keys(stream.value())
                    continue
                for number, (_, entry) in enumerate(stream.elements()):
                    if number == 0:
                        members[name] = _keys(entry)
        except ValueError:  # the beginning ends in the middle of a member, as beginnings do
            pass
    return Outline(is_object=start == "{", members=members)


def describe(text: str) -> str:
    """What a JSON file of no known format is, as far as its beginning shows."""
    shape = outline(text)
    if not text.strip():
        return EMPTY
    if not (shape.is_object or shape.is_array):
        return TEXT_BEFORE if '"detections"' in text else NO_JSON
    keys = shape.first if shape.is_array else frozenset(shape.members)
    for required, name in _LIST_NEIGHBOURS if shape.is_array else _NEIGHBOURS:
        if required <= keys:
            return name
    what = "a JSON list" if shape.is_array else "a JSON object"
    if not keys:
        return what
    named = ", ".join(sorted(keys)[:MOST_NAMED])
    return f"{what} of objects with {named}" if shape.is_array else f"{what} with {named}"


def _first_of(stream: JsonStream) -> frozenset[str]:
    try:
        for _, entry in stream.elements():
            return _keys(entry)
    except ValueError:  # an entry longer than the beginning, or no JSON after all
        pass
    return frozenset()


def _keys(value: Any) -> frozenset[str]:
    return frozenset(value) if isinstance(value, dict) else frozenset()
