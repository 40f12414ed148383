"""System checks of the project."""

from __future__ import annotations

import ctypes

import pytest

from reid.checks import check_reid_settings
from thumper.checks import check_folders, check_pango, check_production


def test_all_is_well_by_default() -> None:
    assert check_pango() + check_folders() + check_reid_settings() + check_production() == []


def test_missing_pango_is_told_with_its_packages(monkeypatch) -> None:
    def refuse(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    (warning,) = check_pango()
    assert "apt-get install libpango-1.0-0" in (warning.hint or "")


def test_a_folder_that_is_not_there_is_an_error(settings, tmp_path) -> None:
    settings.EXPORT_ROOT = tmp_path / "missing"
    (error,) = check_folders()
    assert error.msg.startswith("EXPORT_ROOT")


@pytest.mark.parametrize(
    ("engine", "url", "expected"),
    [
        ("django.db.backends.sqlite3", "redis://:pw@h/0", ["thumper.W002"]),
        ("django.db.backends.postgresql", "redis://h/0", ["thumper.W003"]),
        ("django.db.backends.postgresql", "redis://:pw@h/0", []),
        ("django.db.backends.postgresql", "unix:///run/redis.sock", []),
    ],
)
def test_production_is_warned_of_weak_parts(settings, monkeypatch, engine, url, expected) -> None:
    settings.EMBEDDED = False
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
    settings.REDIS_URL = url
    assert [message.id for message in check_production()] == expected


def test_settings_that_make_no_sense_are_errors(settings) -> None:
    settings.REID_MIN_CROP = 0
    settings.REID_ENCOUNTER_MAX = 1
    settings.REID_THRESHOLD = 0.8
    assert [message.id for message in check_reid_settings()] == [
        "reid.E001",
        "reid.E002",
        "reid.W001",
    ]
