"""Known photographs: found by an index in every batch, and one of two where an earlier version stored both."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as PILImage

from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Detection, Image, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.importing.report import ImportReport

pytestmark = pytest.mark.django_db
OLD = 1_700_000_000_000_000_000
MANY = 100
"""Values for which SQLite weighs one index against another."""


@pytest.fixture
def bring(tmp_path: Path, media_root: Path, django_user_model: Any) -> Callable[..., ImportReport]:
    """Import a table of `path,x,y,width,height` beside the photographs."""
    ranger = django_user_model.objects.create(username="ranger")

    def bring(*lines: str, **options: Any) -> ImportReport:
        source = tmp_path / "t.csv"
        source.write_text("\n".join(("path,x,y,width,height", *lines)))
        return import_detections(source, actor=ranger, options=ImportOptions(**options))

    return bring


def draw(file: Path, grey: int = 0) -> Path:
    PILImage.new("L", (100, 100), grey).save(file)
    os.utime(file, ns=(OLD, OLD))
    return file


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it asks how SQLite goes about a query")
def test_no_batch_looks_through_all_photographs(
    bring: Callable[..., ImportReport], tmp_path: Path
) -> None:
    for number in range(MANY):
        draw(tmp_path / f"{number}.png", number)
    lines = [f"{number}.png,0,0,50,50" for number in range(MANY)]
    with CaptureQueriesContext(connection) as queries:
        assert bring(*lines).detections == MANY
        assert bring(*lines).skipped == {"already imported": MANY}
        assert bring(*lines, verify=True).skipped == {"already imported": MANY}
    asked = {item["sql"] for item in queries if "reid_image" in item["sql"].split("WHERE")[0]}
    reads = sorted(sql for sql in asked if sql.startswith("SELECT") and " IN (" in sql)
    assert reads
    for sql in reads:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            steps = [step for *_, step in cursor.fetchall() if "reid_image" in step]
        assert not [step for step in steps if "SCAN" in step or "double_of" in step], sql


@pytest.mark.parametrize("is_remembered", [False, True])
def test_rows_go_to_the_one_that_is_kept_of_a_photograph_stored_twice(
    bring: Callable[..., ImportReport], tmp_path: Path, is_remembered: bool
) -> None:
    draw(tmp_path / "a.png")
    bring("a.png,0,0,40,40")
    kept = Image.objects.get()
    double = Image.objects.create(
        path="earlier/b.png", sha256=kept.sha256, double_of=kept, width=100, height=100
    )
    status = draw(tmp_path / "b.png").stat()
    if is_remembered:
        SourceFile.objects.create(
            path=str((tmp_path / "b.png").resolve()),
            image=double,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
        )
    assert bring("b.png,50,50,50,50").detections == 1
    assert set(Detection.objects.values_list("image", "width")) == {(kept.pk, 40), (kept.pk, 50)}
