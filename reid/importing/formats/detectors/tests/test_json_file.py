"""JSON files: checked to their end, read in flat memory."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats.base import SourceOptions
from reid.importing.formats.detectors import coco, megadetector
from reid.importing.formats.detectors.json_file import count, entries, survey
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.formats.base import Format

BOX = {"category": "1", "conf": 0.9, "bbox": [0.1, 0.2, 0.3, 0.4]}
PLACE = {"category_id": 1, "bbox": [1, 2, 3, 4]}


def megadetector_file(entries: int) -> dict[str, Any]:
    return {
        "info": {"format_version": "1.5"},
        "detection_categories": {"1": "animal"},
        "images": [
            {"file": f"cam/{number:06}.jpg", "detections": [BOX]} for number in range(entries)
        ],
    }


def coco_file(entries: int) -> dict[str, Any]:
    return {
        "categories": [{"id": 1, "name": "deer"}],
        "images": [{"id": number, "file_name": f"{number:06}.jpg"} for number in range(entries)],
        "annotations": [{"image_id": number} | PLACE for number in range(entries)],
    }


@pytest.mark.parametrize(
    ("document", "source_format"),
    [(megadetector_file, megadetector.FORMAT), (coco_file, coco.FORMAT)],
)
def test_memory_stays_flat(tmp_path: Path, document: Any, source_format: Format) -> None:
    peaks = []
    for size in (2_000, 8_000):
        file = tmp_path / f"{size}.json"
        file.write_text(json.dumps(document(size)))
        items = source_format.open(file, SourceOptions()).items()
        tracemalloc.start()
        assert sum(1 for _ in items) == size
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_short_members_are_kept_and_long_ones_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"b": [1, 2, 3], "info": {"a": 1}, "c": []}')
    result = survey(file, ("b", "c"))
    assert (result.members, result.counts) == ({"info": {"a": 1}}, {"b": 3, "c": 0})
    assert list(entries(file, "b")) == [(1, 1), (1, 2), (1, 3)]
    assert list(entries(file, "gone")) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.json"
    file.write_text('["gr\u00fcn"]', encoding=encoding)
    assert count(file) == 1
    assert list(entries(file)) == [(1, "gr\u00fcn")]


@pytest.mark.parametrize(
    ("data", "text"),
    [(b'["a", ', "a.json cannot be read: line 1: the file ends in the middle"),
     (b'["\xff"]', "a.json cannot be read: it is no UTF-8 text."),
     (b'{"a": 1}', "a.json cannot be read: line 1: a list is expected here"),
     (b"", "a.json cannot be read: line 1: the file ends in the middle")],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, data: bytes, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(data)
    with pytest.raises(SourceProblem) as raised:
        count(file)
    assert str(raised.value).startswith(text)
