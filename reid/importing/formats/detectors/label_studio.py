"""Label Studio's JSON and JSON-MIN exports, read task by task. No database.

The formats: https://labelstud.io/guide/task_format ("raw JSON") and https://labelstud.io/guide/export (JSON_MIN).
The file is an array of tasks. A task's `data` holds the photograph's address; `annotations` are people's, each
with `result`s, `predictions` are models'. A `rectanglelabels` result is a box in hundredths [x, y, width,
height], turned by `rotation` degrees about its top left corner. JSON-MIN has one flat object for each annotation:
the data's fields, `id`, the results by the names of their controls, and from `annotator` on who made it when; a choice is
its text alone, as a note is (convert_to_json_min and prettify_result of HumanSignal/label-studio-converter).

What a person has annotated counts, and of several people the last; a model's predictions only where nobody has.
Addresses: `/data/local-files/?d=` names a file below the storage's root, `/data/upload/N/` a file that was uploaded,
whose name begins with eight letters of its own; of any other address its path is taken.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.detectors.areas import UnreadableBox, envelope, in_shares, size_of
from reid.importing.formats.detectors.entries import (
    NO_FILE,
    DrawnBox,
    Entry,
    EntryReader,
    slashed,
    whole_image,
)
from reid.importing.formats.detectors.json_file import count, entries
from reid.importing.formats.detectors.outline import outline
from reid.importing.rows import Item, Refusal, RefusalReason, Skip
from reid.importing.tables.labels import is_empty, weightiest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NO_LABEL: Final = "the box has no label"
NO_VALUE: Final = "the result has no value"
OTHER_SHAPE: Final = "result that is no box: {kind}"
CHOICE_BESIDE_BOXES: Final = "choice for a photograph that has boxes"

_PICTURES: Final = re.compile(r"\.(jpe?g|png|tiff?|webp|bmp|heic|mpo)$", re.IGNORECASE)
_UPLOADED: Final = re.compile(r"^/?data/upload/\d+/(?:[0-9a-f]{8}-)?(?P<name>.+)$")
_NOTES: Final = re.compile(
    "note|comment|text|caption|descri|remark|answer", re.IGNORECASE
)  # texts that are written
_HUNDRED: Final = 100.0


@dataclass(slots=True)
class LabelStudioSource:
    file: Path
    options: SourceOptions = field(default_factory=SourceOptions)

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        reader = EntryReader.of(self.file, self.options)
        count(self.file)
        for line, task in entries(self.file):
            yield from _items(line, task, reader)


@dataclass(frozen=True, slots=True)
class _Work:
    """The results that count of one task; `looked` unless neither a person nor a model has worked on it."""

    results: list[Any]
    looked: bool = True
    model: str = ""


def _items(line: int, task: Any, reader: EntryReader) -> Iterator[Item]:
    if not isinstance(task, dict):
        yield Refusal(line, "", RefusalReason.ROW, NO_FILE)
        return
    data = task.get("data")
    path = _path(data if isinstance(data, dict) else task)
    if not path:
        yield Refusal(line, "", RefusalReason.ROW, NO_FILE)
        return
    work = _work(task) if isinstance(data, dict) else _flat_work(task)
    results = [result for result in work.results if not _is_nothing(result)]
    has_boxes = any(_kind(result) in ("rectanglelabels", "rectangle") for result in results)

    def read(result: Any) -> DrawnBox | Skip:
        return _box(result, work, reader, has_boxes=has_boxes)

    entry = Entry(line, path, results, detector=work.model, looked=work.looked)
    yield from reader.items(entry, read)


def _path(data: Mapping[str, Any]) -> str:
    """The photograph's file: of the data's texts the one that names a picture."""
    texts = [value for value in data.values() if isinstance(value, str)]
    for text in texts:
        path = _file_of(text)
        if _PICTURES.search(path):
            return path
    return ""


def _file_of(address: str) -> str:
    parts = urlsplit(slashed(address))
    if "local-files" in parts.path:
        return next(iter(parse_qs(parts.query).get("d", [])), "")
    if not parts.scheme and not address.startswith("/data/"):
        return slashed(address)  # a path as it is, in which % and # are letters
    if len(parts.scheme) == 1:  # the drive of a Windows path
        return slashed(address)
    path = unquote(parts.path)
    uploaded = _UPLOADED.match(path)
    return uploaded["name"] if uploaded else path.lstrip("/")


def _work(task: dict[str, Any]) -> _Work:
    people = task.get("annotations") or task.get("completions") or []
    finished = [
        work
        for work in (people if isinstance(people, list) else [])
        if isinstance(work, dict) and not work.get("was_cancelled")
    ]
    if finished:
        last = max(finished, key=lambda work: str(work.get("updated_at") or ""))
        return _Work(_list(last.get("result")))
    predictions = [work for work in _list(task.get("predictions")) if isinstance(work, dict)]
    if predictions:
        return _Work(
            _list(predictions[-1].get("result")),
            model=str(predictions[-1].get("model_version") or "Label Studio prediction"),
        )
    return _Work([], looked=False)


def _flat_work(task: dict[str, Any]) -> _Work:
    """The results of a task of JSON-MIN: lists of boxes, and all choices as one."""
    results: list[Any] = []
    choices: list[str] = []
    for name, value in _controls(task):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and {"x", "y", "width", "height"} <= part.keys():
                sizes = {key: part.get(key) for key in ("original_width", "original_height")}
                results.append({"type": "rectanglelabels", "value": part, **sizes})
            elif isinstance(part, dict):
                choices += map(str, _list(part.get("choices")))
            elif isinstance(part, str) and not _NOTES.search(name):
                choices.append(part)
    if choices:
        results.append({"type": "choices", "value": {"choices": choices}})
    return _Work(results, looked="annotator" in task or "annotation_id" in task)


def _controls(task: dict[str, Any]) -> list[tuple[str, Any]]:
    """Results of a task of JSON-MIN by their controls: they stand between the task's id and its annotator."""
    names = list(task)
    first = names.index("id") + 1 if "id" in task else 0
    last = next(
        (names.index(name) for name in ("annotator", "annotation_id") if name in task), len(names)
    )
    return [(name, task[name]) for name in names[first:last]]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _kind(result: Any) -> str:
    return str(result.get("type", "")).lower() if isinstance(result, dict) else ""


def _is_nothing(result: Any) -> bool:
    """Whether a choice says that there is nothing; and what only belongs to another result."""
    if _kind(result) in ("relation", "textarea", "number", "rating"):
        return True
    if _kind(result) != "choices" or not isinstance(result.get("value"), dict):
        return False
    choices = _list(result["value"].get("choices"))
    return all(is_empty(str(choice)) for choice in choices)


def _box(result: Any, work: _Work, reader: EntryReader, *, has_boxes: bool) -> DrawnBox | Skip:
    kind, value = _kind(result), result["value"]
    if not isinstance(value, dict):
        raise UnreadableBox(NO_VALUE)
    if kind == "choices":
        words = [str(choice) for choice in value["choices"]]
        return Skip(CHOICE_BESIDE_BOXES) if has_boxes else whole_image(words[weightiest(words)])
    if kind not in ("rectanglelabels", "rectangle"):
        return Skip(OTHER_SHAPE.format(kind=kind or "without a type"))
    labels = value.get("rectanglelabels") or value.get("labels") or []
    if kind == "rectanglelabels" and not labels:
        raise UnreadableBox(NO_LABEL)
    score = result.get("score") if work.model else 1.0
    sure = reader.sure(1.0 if score is None else score)
    if isinstance(sure, Skip):
        return sure
    label = str(labels[0]) if labels else ""
    corners = _turned(value, size_of(result.get("original_width"), result.get("original_height")))
    left, top, right, bottom = (number / _HUNDRED for number in corners)
    area = in_shares([left, top, right - left, bottom - top])
    return DrawnBox(area, sure, label)


def _turned(
    value: Mapping[str, Any], size: tuple[float, float] | None
) -> tuple[float, float, float, float]:
    """The upright box around one that is turned clockwise about its top left corner, all in hundredths."""
    x, y, width, height = (float(value[name]) for name in ("x", "y", "width", "height"))
    degrees = float(value.get("rotation") or 0.0)
    if not degrees:
        return x, y, x + width, y + height
    across, down = size or (1.0, 1.0)  # hundredths of a side differ in length: turn in pixels
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return envelope(
        [
            (
                x + (right * across * cosine - below * down * sine) / across,
                y + (right * across * sine + below * down * cosine) / down,
            )
            for right in (0.0, width)
            for below in (0.0, height)
        ]
    )


def _recognises(peek: Peek) -> bool:
    if peek.kind is not SourceKind.JSON:
        return False
    first = outline(peek.text).first
    work = {"annotations", "completions", "predictions", "file_upload", "total_annotations"}
    return ("data" in first and bool(first & work)) or {"annotation_id", "annotator"} <= first


def _open(path: Path, options: SourceOptions) -> LabelStudioSource:
    return LabelStudioSource(path, options)


FORMAT: Final = FormatOf(
    "label-studio", "Label Studio", _recognises, _open, frozenset({SourceKind.JSON})
)
