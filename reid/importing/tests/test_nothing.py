"""Sources that hold nothing: it is said, since who named one expected something of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.detections import EMPTY, NO_PHOTOGRAPHS, NO_ROWS, import_detections
from reid.models import Import

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

NO_IMAGES = {"info": {"format_version": "1.5"}, "detection_categories": {}, "images": []}


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "path,camera\n"), ("a.json", json.dumps(NO_IMAGES))]
)
def test_a_file_without_rows_says_so(
    tmp_path: Path, media_root: Path, admin_user: Any, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    report = import_detections(tmp_path / name, actor=admin_user)
    assert report.notes == {EMPTY: 1}
    assert name in report.warnings[0] and NO_ROWS in report.warnings[0]
    assert Import.objects.get().problems.get().reason == EMPTY


def test_a_folder_without_photographs_says_so(
    tmp_path: Path, media_root: Path, admin_user: Any
) -> None:
    (tmp_path / "card").mkdir()
    report = import_detections(tmp_path / "card", actor=admin_user)
    assert report.notes == {EMPTY: 1} and NO_PHOTOGRAPHS in report.warnings[0]
