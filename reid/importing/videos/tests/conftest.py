"""An import of videos, with uploads and store in folders of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.importing.report import ImportReport

    Bring = Callable[..., ImportReport]


@pytest.fixture
def bring(media_root: Path, django_user_model: Any, settings: Any, tmp_path: Path) -> Bring:
    from reid.importing.detections import import_detections
    from reid.importing.options import ImportOptions

    settings.UPLOAD_ROOT = tmp_path / "uploads"
    ranger = django_user_model.objects.create(username="ranger")

    def bring(source: Path, **options: Any) -> ImportReport:
        given = {"folders": "none", "time_zone": "UTC"} | options
        return import_detections(source, actor=ranger, options=ImportOptions(**given))

    return bring
