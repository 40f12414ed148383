"""One table of a download of Wildlife Insights given by itself, and what has none of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.importing.formats import registry
from reid.importing.formats.base import SourceOptions
from reid.importing.formats.tables import wildlife_insights
from reid.importing.formats.tables.tests.test_programs import WI_FILES, WI_IMAGES, rows_of
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

SEQUENCES = "project_id,deployment_id,sequence_id,is_blank,identified_by,common_name\n"


def problem(path: Path, name: str = "") -> str:
    with pytest.raises(SourceProblem) as raised:
        registry.choose(path, name).open(path, SourceOptions())
    return str(raised.value)


def test_its_photographs_are_read_with_the_deployments_beside_them(tmp_path: Path) -> None:
    for name, text in WI_FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "images_8.csv").write_text(f"{WI_IMAGES}\n")
    file = tmp_path / "images_7.csv"
    assert registry.recognise(file) is wildlife_insights.FORMAT
    source = wildlife_insights.FORMAT.open(file, SourceOptions())
    assert source.total == 4
    assert [row.camera for row in rows_of(list(source.items()))] == ["oak", "oak", "elm", "elm"]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("images_7.csv", WI_FILES["images_7.csv"], wildlife_insights.ALONE),
        ("sequences.csv", SEQUENCES, wildlife_insights.OTHER_TABLE),
        ("deployments.csv", WI_FILES["deployments.csv"], wildlife_insights.LONE_DEPLOYMENTS),
    ],
)
def test_a_table_by_itself_is_refused_with_what_to_give(
    tmp_path: Path, name: str, content: str, text: str
) -> None:
    """As a table of one's own, `location` were the camera: an address in the cloud, another one a photograph."""
    (tmp_path / name).write_text(content)
    assert problem(tmp_path / name) == text.format(source=name)


def test_what_has_none_of_its_tables_is_refused_though_it_is_forced(tmp_path: Path) -> None:
    """Without a word it were an import of nothing."""
    (tmp_path / "mine.csv").write_text("path\na.jpg\n")
    for path in (tmp_path / "mine.csv", tmp_path):
        text = wildlife_insights.NO_IMAGES.format(source=path.name)
        with pytest.raises(SourceProblem) as raised:
            wildlife_insights.FORMAT.open(path, SourceOptions())
        assert str(raised.value) == text
