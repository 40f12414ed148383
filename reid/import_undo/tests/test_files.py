"""Files of undone imports: deleted in blocks, and given back to an import that may have found them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.import_undo import files
from reid.models import Import, PlacedFile

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

pytestmark = pytest.mark.django_db


def placed(media_root: Path, count: int) -> dict[str, UUID]:
    """Files that an import put below the media root, which no photograph has any more."""
    record = Import.objects.create(kind="detections", source="card", state=Import.State.UNDONE)
    paths = [f"card/{number:03}.jpg" for number in range(count)]
    (media_root / "card").mkdir(exist_ok=True)
    for path in paths:
        (media_root / path).write_text(path)
        PlacedFile.objects.create(record=record, path=path)
    return dict.fromkeys(paths, record.pk)


@pytest.mark.parametrize("count", [2, 90])
def test_many_files_take_as_many_queries_as_few(
    media_root: Path, count: int, django_assert_num_queries: Any
) -> None:
    left = placed(media_root, count)
    with django_assert_num_queries(3):  # whether an import runs, before and after; the notes
        assert files.delete(left) == count
    assert list((media_root / "card").iterdir()) == []
    assert not PlacedFile.objects.exists()


def test_all_blocks_are_deleted_and_what_is_gone_already_counts(
    media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BLOCK", 2)
    left = placed(media_root, 5)
    (media_root / "card/003.jpg").unlink()
    assert files.delete(left) == 5
    assert list((media_root / "card").iterdir()) == []
    assert not PlacedFile.objects.exists()


def test_an_import_that_begins_meanwhile_gets_the_files_back(
    media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = placed(media_root, 3)
    answers = iter([False, True])

    def is_importing() -> bool:
        answer = next(answers)
        if answer:
            (media_root / "card/001.jpg").write_text("its own")
        return answer

    monkeypatch.setattr(files, "_is_importing", is_importing)
    assert files.delete(left) == 0
    texts = {path.name: path.read_text() for path in (media_root / "card").iterdir()}
    assert texts == {"000.jpg": "card/000.jpg", "001.jpg": "its own", "002.jpg": "card/002.jpg"}
    assert PlacedFile.objects.count() == 3
