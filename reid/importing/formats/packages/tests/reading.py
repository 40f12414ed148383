"""Packages, read and imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from reid.importing.detections import import_detections
from reid.importing.formats import registry
from reid.importing.formats.base import SourceOptions
from reid.importing.options import ImportOptions
from reid.importing.rows import Item, Row

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.report import ImportReport


def items(path: Path) -> list[Item]:
    return list(registry.choose(path).open(path, SourceOptions()).items())


def rows(path: Path) -> list[Row]:
    return [item for item in items(path) if isinstance(item, Row)]


def imported(path: Path, **options: Any) -> ImportReport:
    ann, _ = get_user_model().objects.get_or_create(username="ann")
    return import_detections(path, actor=ann, options=ImportOptions(**options))
