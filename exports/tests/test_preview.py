"""Preview of an archive: what will be in it, and what its reader should know beforehand."""

from __future__ import annotations

import dataclasses

import pytest

from exports import preview
from exports.requests.specs import ArchiveFormat
from exports.tests.test_jobs import archive_of
from reid.tests import make

pytestmark = pytest.mark.django_db


def test_photographs_and_animals_are_counted_once_each(export_root) -> None:
    image = make.image(camera=make.camera())
    named = make.detection(image=image, deer=make.deer())
    nameless = make.detection(image=image, x=60)
    shown = preview.of_archive(archive_of(named, nameless))
    assert (shown.photographs, shown.detections) == (1, 2)
    assert any("1 detection has no deer yet." in text for text in shown.warnings)


def test_a_photograph_without_a_time_is_said(export_root) -> None:
    untimed = make.detection(image=make.image(captured_at=None), deer=make.deer())
    shown = preview.of_archive(archive_of(untimed))
    assert any("without a capture time" in text for text in shown.warnings)


def test_exact_positions_are_said_before_they_leave(export_root) -> None:
    spec = archive_of(make.detection(deer=make.deer()))
    package = dataclasses.replace(spec, format=ArchiveFormat.CAMTRAP_DP)
    shown = preview.of_archive(package)
    assert any("exact position" in text for text in shown.warnings)
