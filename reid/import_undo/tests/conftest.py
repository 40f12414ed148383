"""Fixture of these tests: an empty store, and photographs to be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from reid.import_undo.tests.stores import Store


@pytest.fixture
def store(tmp_path: Path, media_root: Path, django_user_model: Any) -> Store:
    from reid.import_undo.tests.stores import Store  # not before the settings are there

    (tmp_path / "cards").mkdir()
    return Store(tmp_path / "cards", django_user_model.objects.create(username="ranger"))
