"""One table of a package given by itself: read with its package where that lies there, else refused with what to give."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from reid.importing.formats import registry
from reid.importing.formats.base import SourceOptions
from reid.importing.formats.packages import camtrap_dp, lone_tables
from reid.importing.formats.packages.tests.packages import BOX, media, observed
from reid.importing.formats.packages.tests.reading import imported, items
from reid.importing.rows import Note, Row, SourceProblem
from reid.models import Deployment, Detection, Import

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["media.csv", "observations.csv"])
def test_a_table_beside_its_descriptor_stands_for_the_package(package, name: str) -> None:
    folder = package([media("a")], [observed("a", individualID="Gus")])
    assert registry.recognise(folder / name) is camtrap_dp.FORMAT
    note, row = items(folder / name)
    assert isinstance(note, Note)
    assert note.text == lone_tables.WHOLE_PACKAGE.format(source=name, package="mica")
    assert isinstance(row, Row) and (row.path, row.deer) == ("media/a.JPG", "Gus")


@pytest.mark.django_db
@pytest.mark.usefixtures("media_root")
def test_the_whole_package_is_imported(package) -> None:
    folder = package([media("a")], [observed("a", **BOX)])
    report = imported(folder / "media.csv")
    assert (report.images, report.detections, report.refusals) == (1, 1, ())
    assert Deployment.objects.count() == Detection.objects.count() == 1
    assert Import.objects.get().source == "media.csv"


@pytest.mark.parametrize("name", ["deployments.csv", "media.csv", "observations.csv"])
def test_a_table_by_itself_is_refused_with_what_to_give(package, tmp_path: Path, name: str) -> None:
    folder = package([media("a")], [observed("a")])
    (tmp_path / "elsewhere").mkdir()
    lone = tmp_path / "elsewhere" / name
    shutil.copy(folder / name, lone)
    with pytest.raises(SourceProblem) as problem:
        registry.choose(lone).open(lone, SourceOptions())
    table = name.removesuffix(".csv")
    sentence = lone_tables.ALONE.format(source=name, table=table)
    more = lone_tables.DEPLOYMENTS if table == "deployments" else ""
    assert str(problem.value) == sentence + more


def test_it_can_be_read_as_a_table_of_ones_own(package) -> None:
    folder = package([media("a")], [observed("a")])
    source = registry.choose(folder / "media.csv", "table")
    assert source.name == "table"
