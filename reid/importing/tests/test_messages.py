"""Messages of imports: whatever is broken, they name what was found, and neither the server's paths nor its objects."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image as PILImage

from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.rows import SourceProblem
from reid.importing.writing.records import STOPPED, UNEXPECTED, in_words
from reid.models import Import, ImportProblem
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db

OBJECTS = re.compile(
    r"<|\bobject at\b|_io\.|Errno|0x[0-9a-f]{6}|\b\w+(?:Error|Exception|Problem|Path|Refused)\b|NoneType|\bdict\b|\bNone\b"
)
"""What speaks of the program and not of the file."""

BOX = [0.1, 0.1, 0.5, 0.5]


def megadetector(**entry: Any) -> bytes:
    """One entry of MegaDetector's output."""
    document = {
        "info": {"format_version": "1.5"},
        "detection_categories": {"1": "animal"},
        "images": [{"file": "a.jpg", "detections": [{"category": "1", "conf": 0.9, "bbox": BOX}]} | entry],
    }  # fmt: skip
    return json.dumps(document).encode()


def truncated(picture_format: str) -> bytes:
    buffer = io.BytesIO()
    PILImage.effect_noise((200, 200), 90).save(buffer, picture_format)
    return buffer.getvalue()[: len(buffer.getvalue()) // 2]


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return buffer.getvalue()


SOURCES = {
    "empty.json": b"",
    "cut.json": b'{"images": [{"file": "a.jpg"',
    "list.json": b"[]",
    "list of objects.json": b'[{"file": "a.jpg"}]',
    "text.json": b'"hello"',
    "number.json": b"7",
    "other kind.json": b'{"type": "FeatureCollection", "features": []}',
    "no images.json": b'{"info": {}, "detection_categories": {}}',
    "images of another kind.json": b'{"info": {"format_version": "1.5"}, "detection_categories": {}, "images": {}}',
    "version.json": b'{"info": {"format_version": "9"}, "detection_categories": {}, "images": []}',
    "bytes.json": b'{"info": "\xff\xfe"}',
    "deep.json": b"[" * 100_000,
    "no file.json": megadetector(file=None),
    "no boxes.json": megadetector(detections=None),
    "box of words.json": megadetector(detections=[{"category": "1", "conf": 0.9, "bbox": ["a", 1, 2, 3]}]),
    "box without corners.json": megadetector(detections=[{"category": "1", "conf": 0.9, "bbox": None}]),
    "box that lacks its confidence.json": megadetector(detections=[{"category": "1", "bbox": BOX}]),
    "box that is none.json": megadetector(detections=[None]),
    "box that is a text.json": megadetector(detections=["animal"]),
    "failure.json": megadetector(detections=None, failure="Failure image access"),
    "outside.json": megadetector(detections=[{"category": "1", "conf": 0.9, "bbox": [2, 2, 0.1, 0.1]}]),
    "missing.json": megadetector(file="none.jpg"),
    "above.json": megadetector(file="../a.jpg"),
    "picture that is text.json": megadetector(file="text.jpg"),
    "empty.csv": b"",
    "no path.csv": b"note,camera\na.jpg,oak\n",
    "binary.csv": bytes(range(256)) * 50,
    "long cell.csv": b'path\n"' + b"a" * 200_000,
    "bad cells.csv": b"path,x,y,width,height,confidence,flank\na.jpg,1,2,3,,,\na.jpg,,,,,7,\na.jpg,,,,,,top\n",
    "bad times.csv": b"path,captured_at\na.jpg,yesterday\na.jpg,2025-13-45 99:00\n",
    "missing.csv": b"path\nnone.jpg\n/etc/passwd\n../../x.jpg\n\nfolder\n",
    "pictures.csv": b"path\n" + b"\n".join(
        name.encode() for name in ("text.jpg", "nothing.jpg", "half.jpg", "half.png", "half.tif", "zeros.jpg", "gif.jpg")
    ),
    "cattle.csv": b"path,deer,classification\na.jpg,Ada,cow\n",
    "archive.zip": archive("readme.txt"),
    "cut.zip": archive("readme.txt")[:40],
    "workbook.xlsx": archive("xl/workbook.xml"),
    "cut.xlsx": b"PK\x03\x04" + b"\0" * 100,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, media_root: Path) -> Path:
    """A card with one good photograph and several that are broken."""
    card = tmp_path / "card"
    (card / "folder").mkdir(parents=True)
    make.photograph("a.jpg")
    (media_root / "a.jpg").rename(card / "a.jpg")
    (card / "text.jpg").write_text("no picture at all")
    (card / "nothing.jpg").write_bytes(b"")
    (card / "zeros.jpg").write_bytes(b"\0" * 4096)
    for name, picture_format in (("half.jpg", "JPEG"), ("half.png", "PNG"), ("half.tif", "TIFF")):
        (card / name).write_bytes(truncated(picture_format))
    PILImage.new("L", (20, 20)).save(card / "gif.jpg", "GIF")
    return card


@pytest.fixture
def plain(tmp_path: Path, media_root: Path) -> Callable[[str], None]:
    """Assert that a text speaks of what was given, and of nothing of the server."""

    def check(text: str) -> None:
        assert text.strip()
        for place in (str(tmp_path), str(media_root), "/tmp", "/srv", "site-packages"):
            assert place not in text
        assert not OBJECTS.search(text), text

    return check


@pytest.mark.parametrize("name", SOURCES)
def test_a_broken_source_is_refused_in_words(
    folder: Path, plain: Callable[[str], None], django_user_model: Any, name: str
) -> None:
    file = folder / name
    file.write_bytes(SOURCES[name])
    user = django_user_model.objects.create(username="ranger")
    texts = []
    try:
        report = import_detections(file, actor=user, options=ImportOptions(root=folder))
    except SourceProblem as problem:
        texts = [str(problem)]
    else:
        texts = [item.text for item in report.refusals] + list(report.warnings)
        stored = ImportProblem.objects.values_list("text", flat=True)
        assert set(texts) <= set(stored)
        assert (
            texts or name in ("missing.csv",) or report.skipped or report.empty or not report.items
        )
    texts += [record.error for record in Import.objects.exclude(error="")]
    for text in texts:
        plain(text)
        if name in ("list.json", "text.json", "number.json", "other kind.json", "no images.json"):
            assert "not JSON" not in text


@pytest.mark.parametrize(
    "name", [name for name in SOURCES if name.endswith((".csv", ".json", ".zip"))]
)
def test_a_broken_table_of_deployments_is_refused_in_words(
    folder: Path, plain: Callable[[str], None], name: str
) -> None:
    file = folder / name
    file.write_bytes(SOURCES[name])
    out = io.StringIO()
    try:
        call_command("import_deployments", str(file), stdout=out, no_color=True)
    except CommandError as problem:
        plain(str(problem))
    plain(out.getvalue() or "nothing")


@pytest.mark.parametrize(
    "options",
    [["none.csv"], ["a.csv", "--root", "none"], ["a.csv", "--time-zone", "Nowhere/At_all"],
     ["a.csv", "--labels", "none.csv"], ["a.csv", "--collection", "../x"], ["a.csv", "--camera", "(?P<camera>"],
     ["a.csv", "--camera", "site"]],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_option_is_refused_in_words(
    folder: Path, plain: Callable[[str], None], options: list[str]
) -> None:
    (folder / "a.csv").write_text("path\na.jpg\n")
    given = [str(folder / text) if text.endswith((".csv", "none")) else text for text in options]
    with pytest.raises(CommandError) as problem:
        call_command("import_detections", *given, "--no-progress", stdout=io.StringIO())
    text = str(problem.value)
    if "(?P<" not in " ".join(options):
        plain(text)
    else:
        plain(text.replace("(?P<camera>", "").replace("(?P<", ""))
    assert text.endswith((".", "..."))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SourceProblem("The table has no paths."), "The table has no paths."),
        (OSError(28, "No space left on device", "/srv/media/a.jpg"), "No space left on device."),
        (KeyboardInterrupt(), STOPPED),
        (KeyError("images"), UNEXPECTED),
        (OSError("odd"), UNEXPECTED),
    ],
)
def test_the_record_says_in_words_what_ended_the_import(error: BaseException, text: str) -> None:
    assert in_words(error) == text
