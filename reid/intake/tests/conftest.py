"""Fixtures of imports in the browser: folders of one test, and an upload of somebody's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from reid.models import ImportRequest


@pytest.fixture(autouse=True)
def upload_root(tmp_path: Path, media_root: Path, settings: Any) -> Path:
    root = tmp_path / "uploads"
    settings.UPLOAD_ROOT, settings.UPLOAD_DISK_RESERVE = root, 0
    return root


@pytest.fixture
def ranger(db: None, django_user_model: Any) -> Any:
    return django_user_model.objects.create(username="ranger")


@pytest.fixture
def upload(ranger: Any) -> ImportRequest:
    from reid.intake import requests  # this file is loaded before the apps are

    return requests.create_upload(ranger, "North gate")
