"""Tables of Camtrap DP packages that somebody opened and saved in a spreadsheet program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.importing.formats.packages.tests.packages import BOX, DEPLOYMENT, media, observed
from reid.importing.formats.packages.tests.reading import imported, items, rows
from reid.importing.rows import Refusal
from reid.importing.tables.table import HOW_READ, TOO_MANY_CELLS
from reid.models import Deployment

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("deployments", "media", "observations")


def saved_again(folder: Path, encoding: str) -> None:
    """All three tables as a German spreadsheet program saves them: semicolons and decimal commas."""
    for name in NAMES:
        file = folder / f"{name}.csv"
        text = file.read_text().replace(",", ";").replace("0.25", "0,25").replace("0.5", "0,5")
        file.write_bytes(text.replace("51.496", "51,496").replace("0.87", "0,87").encode(encoding))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_semicolons_decimal_commas_and_other_encodings(package, encoding: str) -> None:
    machine = {"classificationMethod": "machine", "classificationProbability": "0.87"}
    folder = package(
        [media("a")],
        [observed("a", individualID="Jägerin", **machine, **BOX)],
        (DEPLOYMENT | {"locationName": "Süd"},),
    )
    saved_again(folder, encoding)
    (row,) = rows(folder)
    assert (row.camera, row.deer, row.confidence) == ("Süd", "Jägerin", 0.87)
    assert row.area is not None
    assert (row.area.x, row.area.y, row.area.width) == (0.25, 0.5, 0.5)


@pytest.mark.django_db
@pytest.mark.usefixtures("media_root")
def test_how_each_table_was_read_is_said(package) -> None:
    folder = package([media("a")], [observed("a")])
    saved_again(folder, "utf-16")
    report = imported(folder)
    assert report.notes[HOW_READ] == 3
    assert {text.partition(":")[0] for text in report.warnings} == {f"{name}.csv" for name in NAMES}
    assert float(Deployment.objects.get().latitude or 0) == 51.496


def test_lines_with_more_cells_than_columns_are_refused(package) -> None:
    folder = package([media("a"), media("b", 40)], [observed("a"), observed("b")])
    for name in ("media", "observations"):
        file = folder / f"{name}.csv"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([*lines[:2], f"{lines[2]},beyond"]))
    refusals = [item for item in items(folder) if isinstance(item, Refusal)]
    assert [(refusal.line, refusal.text) for refusal in refusals] == [(3, TOO_MANY_CELLS)] * 2
    assert [row.path for row in rows(folder)] == ["media/a.JPG"]
