"""System checks of the project."""

from __future__ import annotations

import ctypes

import pytest

from reid.checks import check_reid_settings
from thumper.checks import check_folders, check_pango, check_photo_storage, check_production


def test_all_is_well_by_default() -> None:
    checks = (
        check_pango,
        check_folders,
        check_photo_storage,
        check_reid_settings,
        check_production,
    )
    assert [message for check in checks for message in check()] == []


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


@pytest.mark.parametrize("name", ["PHOTO_STORAGE", "EXPORT_STORAGE"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"S3_BUCKET": ""}, ["thumper.E010"]),
        ({"S3_BUCKET": "Our Ranch"}, ["thumper.E010"]),
        ({"S3_ACCESS_KEY_ID": "AKIA"}, ["thumper.E011"]),
        ({"S3_SECRET_ACCESS_KEY": "secret"}, ["thumper.E011"]),
        ({"S3_ACCESS_KEY_ID": "AKIA", "S3_SECRET_ACCESS_KEY": "secret"}, []),
        ({"S3_ENDPOINT": "s3.example.org"}, ["thumper.E012"]),
        ({"S3_ENDPOINT": "https://s3.example.org"}, []),
        ({"S3_PREFIX": "/ranch"}, ["thumper.E013"]),
        ({"S3_PREFIX": "ranch/../other"}, ["thumper.E013"]),
        ({"S3_PREFIX": "ranch/photographs"}, []),
    ],
)
def test_a_bucket_that_cannot_be_right_is_an_error(
    settings, name: str, given: dict[str, str], expected: list[str]
) -> None:
    settings.S3_BUCKET = "our-ranch"
    for setting, value in given.items():
        setattr(settings, setting, value)
    assert check_photo_storage() == []
    setattr(settings, name, "s3")
    assert [message.id for message in check_photo_storage()] == expected


def test_a_bucket_needs_no_folder_of_photographs(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "missing"
    assert [error.id for error in check_folders()] == ["thumper.E001"]
    settings.PHOTO_STORAGE = "s3"
    assert check_folders() == []
