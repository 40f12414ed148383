"""Strangers: whatever is given, a sentence says what it is and what to do with it."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from reid.importing.formats import registry, strangers
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path


def picture(picture_format: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, picture_format)
    return data.getvalue()


def packed(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return data.getvalue()


VOC = b"<annotation><filename>a.jpg</filename><object><bndbox><xmin>1</xmin></bndbox></object></annotation>"


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.jpg", picture("JPEG"), strangers.PHOTOGRAPH),
        ("a.png", picture("PNG"), strangers.PHOTOGRAPH),
        ("a.tif", picture("TIFF"), strangers.PHOTOGRAPH),
        ("a.webp", picture("WEBP"), strangers.PHOTOGRAPH),
        ("a.HEIC", b"\0\0\0\x18ftypheic" + bytes(20), strangers.PHOTOGRAPH),
        ("a.MP4", b"\0\0\0\x18ftypmp42" + bytes(20), strangers.VIDEO),
        ("a.avi", b"RIFF\0\0\0\0AVI LIST", strangers.VIDEO),
        ("empty.mov", b"", strangers.VIDEO),
        ("a.pdf", b"%PDF-1.4\n", strangers.PDF),
        ("a.json.gz", gzip.compress(b"{}"), strangers.PACKED),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", strangers.PACKED),
        ("a.zip", packed("photos/a.jpg"), strangers.ARCHIVE),
        ("a.html", b"<!DOCTYPE html><html><table><tr><td>path", strangers.WEB_PAGE),
        ("a.xml", VOC, strangers.PASCAL_VOC),
        ("b.xml", b"<?xml version='1.0'?><metadata/>", strangers.XML),
        ("a.txt", b"0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.2 0.2\n", strangers.YOLO),
    ],
)
def test_what_is_no_source_is_called_what_it_is(
    tmp_path: Path, name: str, data: bytes, text: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceProblem) as problem:
        registry.recognise(tmp_path / name)
    assert str(problem.value) == text.format(source=name)


def test_a_database_is_one(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "Data.ddb")
    connection.execute("CREATE TABLE images (path TEXT)")
    connection.close()
    with pytest.raises(SourceProblem, match="export its data as CSV"):
        registry.recognise(tmp_path / "Data.ddb")


@pytest.mark.parametrize("text", ["path\na.jpg\n", "0 0 0\n", "", "a<b,path\n1,a.jpg\n"])
def test_what_may_be_a_table_is_read_as_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert registry.recognise(tmp_path / "a.csv").name == "table"
