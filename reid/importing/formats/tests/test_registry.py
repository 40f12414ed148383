"""The registry: a source is recognised by what it holds, refused by what it is, or forced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.formats import registry
from reid.importing.formats.base import HEAD_BYTES
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path


def file_of(tmp_path: Path, document: Any, name: str = "source.json") -> Path:
    file = tmp_path / name
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def problem(path: Path, name: str = "") -> str:
    with pytest.raises(SourceProblem) as raised:
        registry.choose(path, name)
    return str(raised.value)


LONG = "x" * (2 * HEAD_BYTES)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"images": [{"file": "a.jpg", "detections": []}, {"file": LONG}], "info": {}}, "megadetector"),
        ({"images": [{"file": LONG}], "info": {}}, "megadetector"),
        ({"info": {}, "detection_categories": {}, "images": []}, "megadetector"),
        ({"info": {"format_version": "1.6", "summary_report": LONG}, "images": []}, "megadetector"),
        ({"images": [{"id": 1, "file_name": "a.jpg"}, LONG], "annotations": []}, "coco"),
        ({"annotations": [{"image_id": 1}], "images": [{"id": 1, "file_name": LONG}]}, "coco"),
        ({"annotations": [{"img_id": "a"}, LONG]}, "pytorch-wildlife"),
        ({"predictions": [{"filepath": "a.jpg"}, LONG]}, "speciesnet"),
        ([{"file": "a.jpg", "detections": []}, LONG], "megadetector-list"),
        ([{"id": 1, "data": {"image": "a.jpg"}, "annotations": []}, LONG], "label-studio"),
    ],
)  # fmt: skip
def test_a_json_file_is_recognised_by_its_beginning(
    tmp_path: Path, document: Any, expected: str
) -> None:
    file = file_of(tmp_path, document)
    assert registry.recognise(file).name == expected


def test_a_format_whose_signs_lie_behind_the_beginning_can_be_forced(tmp_path: Path) -> None:
    file = file_of(tmp_path, {"meta": LONG, "images": [{"file": "a.jpg"}]})
    assert "a JSON object with meta" in problem(file)
    assert registry.choose(file, "megadetector").name == "megadetector"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("", "an empty file"),
        ("Loading the model...\n[{", "no JSON"),
        ('Loading the model...\n[{"file": "a.jpg", "detections": []}]', "--output"),
        ("{}", "a JSON object."),
        ("[]", "a JSON list."),
        ([{"b": 1, "a": 2}], "a JSON list of objects with a, b"),
        ({"name": "x", "version": 1}, "a JSON object with name, version"),
        ({"type": "FeatureCollection", "features": []}, "GeoJSON"),
        ([{"image_id": 1, "category_id": 1, "bbox": [], "score": 1}], "COCO results"),
        ({"profile": "x", "resources": []}, "import the package's folder"),
        ({"version": "5", "shapes": [], "imagePath": "a.jpg"}, "LabelMe"),
        ({"instances": [{"filepath": "a.jpg"}]}, "import the predictions.json"),
    ],
)  # fmt: skip
def test_json_of_no_format_is_refused_with_what_it_is_and_what_is_read(
    tmp_path: Path, document: Any, text: str
) -> None:
    refusal = problem(file_of(tmp_path, document))
    assert refusal.startswith("source.json is ") and text in refusal
    assert ", MegaDetector." in refusal and "Label Studio" in refusal and "COCO" in refusal
    assert str(tmp_path) not in refusal


def test_a_format_is_forced_by_its_name(tmp_path: Path) -> None:
    file = file_of(tmp_path, {"images": []})
    assert registry.choose(file, "coco").name == "coco"
    unknown = problem(file, "yolo")
    assert "'yolo' is unknown" in unknown and "pytorch-wildlife" in unknown


def test_a_format_is_not_forced_on_another_kind_of_source(tmp_path: Path) -> None:
    table = file_of(tmp_path, "path\na.jpg\n", "table.csv")
    assert problem(table, "coco") == (
        "--format coco reads a JSON file, and table.csv is a text file."
    )
    assert "--format cvat reads a ZIP archive or text file" in problem(tmp_path, "cvat")
    assert f"and {tmp_path.name} is a folder." in problem(tmp_path, "table")
    assert "--format folders reads a folder" in problem(table, "folders")


def test_every_name_is_one_formats_own() -> None:
    names = registry.names()
    assert len(names) == len(set(names))
    assert all(name == name.lower() and name.isascii() and " " not in name for name in names)


def test_what_is_not_there_is_named_without_its_folder(tmp_path: Path) -> None:
    assert problem(tmp_path / "gone.json") == "There is no file or folder gone.json."
