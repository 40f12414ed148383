"""The command of patterns, from torsos to a background."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from reid.models import PatternBackground, PatternKeypoints
from reid.patterns import background, keypoints
from reid.patterns.tests.stores import with_torso, without_torso
from reid.torsos.stored import delete_torso

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_keypoints_are_found_and_counted() -> None:
    with_torso(1)
    without_torso()
    delete_torso(with_torso(2).pk)
    said = run("patterns", "find")
    assert "1  with keypoints" in said
    assert "1  without: no torso to be aligned" in said
    assert "1  torsos whose files are missing" in said
    assert PatternKeypoints.objects.count() == 2


def test_what_there_is_to_do_first_is_said() -> None:
    assert "find_torsos" in run("patterns", "find")
    with_torso(1)
    run("patterns", "find")
    assert "already" in run("patterns", "find")


def test_a_limit_below_nothing_is_refused() -> None:
    with pytest.raises(CommandError, match="--limit"):
        run("patterns", "find", "--limit=-1")


def test_another_opencv_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with_torso(1)
    monkeypatch.setattr(keypoints, "_ENLARGED", 1.6)
    with pytest.raises(CommandError, match="OpenCV"):
        run("patterns", "find")


def test_a_background_is_drawn_listed_and_outgrown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FEWEST", 2)
    assert "no background yet" in run("patterns", "list")
    for seed in (1, 2):
        with_torso(seed)
    run("patterns", "find")
    said = run("patterns", "draw")
    drawn = PatternBackground.objects.get()
    assert f"{drawn.fingerprint[:12]}" in said
    assert "2 photographs of 2" in said
    assert "draw a new one" not in run("patterns", "list")
    for seed in (3, 4):
        with_torso(seed)
    run("patterns", "find")
    assert "draw a new one" in run("patterns", "list")


def test_a_store_without_keypoints_is_told_what_is_missing() -> None:
    with pytest.raises(CommandError, match="needs 30 photographs"):
        run("patterns", "draw")
