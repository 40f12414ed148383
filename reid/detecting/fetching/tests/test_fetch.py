"""Fetching, as the command does it: licence, download, a process of its own for the conversion, a detector in the end."""

from __future__ import annotations

import hashlib
import io
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from reid.detecting.cards import DETECTOR_FILE
from reid.detecting.fetching import catalogue, fetch
from reid.detecting.tests.detectors import folder
from reid.hub import environment, process
from reid.hub.catalogue import APACHE
from reid.hub.tests.stand_in_hub import Hub, serving
from reid.management import licences
from reid.management.commands import detectors
from reid.models import Detector

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

CONTENT = b"weights of a detector"
NAME = "megadetector-v5a"


def python_that(tmp_path: Path, line: str) -> Path:
    """A stand-in for the environment's Python."""
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\n{line}\n")
    script.chmod(0o755)
    return script


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings, monkeypatch) -> Path:
    models = tmp_path / "models"
    models.mkdir()
    settings.MODEL_ROOT = models
    stand_in = f"exec {sys.executable} -m reid.detecting.fetching.tests.stand_in_conversion"
    python = python_that(tmp_path, stand_in)
    monkeypatch.setattr(environment, "prepare", lambda root, say, packages: python)
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    entry = catalogue.DETECTORS[NAME]
    known = replace(entry, url="http://127.0.0.1:9/md.pt", md5=md5, width=64, height=32)
    monkeypatch.setattr(catalogue, "DETECTORS", {NAME: known})
    return models


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    path = tmp_path / "md.pt"
    path.write_bytes(CONTENT)
    return path


def run(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("detectors", *words, stdout=out, **options)
    assert out.getvalue().isascii()
    return out.getvalue()


def test_a_detector_is_fetched_converted_registered_and_used(root, monkeypatch) -> None:
    with serving(Hub(CONTENT)) as hub:
        known = replace(catalogue.DETECTORS[NAME], url=f"{hub.address}/md.pt")
        monkeypatch.setattr(catalogue, "DETECTORS", {NAME: known})
        said = run("fetch", NAME, "--accept-licence")
        again = run("fetch", NAME, "--accept-licence")
        assert len(hub.asked) == 1
    detector = Detector.objects.get()
    short = detector.fingerprint[:12]
    assert (detector.name, detector.version, detector.is_active) == (NAME, "5.0.1", False)
    assert "  licence: no restriction by its makers; its makers put no restriction" in said
    assert ", 64 x 32, 281 MB\n" in said
    registered = (
        f"{short}  {NAME} 5.0.1: registered. It is used from `detectors activate {NAME}` on.\n"
    )
    assert said.endswith(registered)
    assert again.endswith(registered)
    assert (root / NAME / DETECTOR_FILE).exists()
    assert run("activate", NAME) == f"{short}  {NAME} 5.0.1: active.\n"
    assert run("check") == f"{short}  {NAME} 5.0.1: sound\n"
    assert run("list") == (
        f"* {short}  {NAME} 5.0.1  finds animal, person, vehicle; licence: no restriction by its makers\n"
    )


def test_a_brought_file_is_converted_without_a_network(brought) -> None:
    run("fetch", NAME, "--accept-licence", "--file", str(brought))
    assert Detector.objects.get().name == NAME


def test_without_a_network_nothing_is_registered_and_the_file_is_named() -> None:
    with pytest.raises(CommandError) as refusal:
        run("fetch", NAME, "--accept-licence")
    assert "get md.pt on a computer that has a way there" in str(refusal.value)
    assert f"`manage.py detectors fetch {NAME} --file PATH`." in str(refusal.value)
    assert not Detector.objects.exists()


def test_a_script_must_accept_the_licence(monkeypatch) -> None:
    monkeypatch.setattr(fetch, "fetch", pytest.fail)
    with pytest.raises(CommandError) as refusal:
        run("fetch", NAME)
    assert str(refusal.value) == licences.NOT_ACCEPTED.format(NAME, "no restriction by its makers")


def test_a_person_at_a_terminal_is_asked(monkeypatch, brought) -> None:
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    def answer(question: str) -> str:
        asked.append(question)
        return "y"

    monkeypatch.setattr("builtins.input", answer)
    run("fetch", NAME, "--file", str(brought))
    assert asked == [licences.QUESTION]


def test_a_licence_that_asks_nothing_is_said_and_not_asked_about(monkeypatch, brought) -> None:
    entry = replace(catalogue.DETECTORS[NAME], licence=APACHE)
    monkeypatch.setattr(catalogue, "DETECTORS", {NAME: entry})
    assert "  licence: Apache-2.0; " in run("fetch", NAME, "--file", str(brought))


def test_a_conversion_that_broke_off_is_said(monkeypatch, tmp_path, brought) -> None:
    broken = python_that(tmp_path, "exit 9")
    monkeypatch.setattr(environment, "prepare", lambda root, say, packages: broken)
    with pytest.raises(CommandError) as refusal:
        run("fetch", NAME, "--accept-licence", "--file", str(brought))
    assert str(refusal.value) == process.BROKE_OFF.format(NAME, 9)


def test_a_folder_of_one_s_own_is_added_and_its_card_is_checked(root) -> None:
    own = folder(root, "mine", b"weights")
    said = run("add", "mine")
    short = Detector.objects.get().fingerprint[:12]
    assert said == f"{short}  mine 1: registered. It is used from `detectors activate mine` on.\n"
    run("activate", "mine")
    (own / "weights.bin").write_bytes(b"others")
    with pytest.raises(CommandError, match=r"weights\.bin are not the ones that were registered"):
        run("activate", "mine")
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"^1 of the detectors cannot be used here\.$"):
        call_command("detectors", "check", "mine", stdout=out)
    assert out.getvalue().startswith(f"{short}  refused: The weights weights.bin are not the ones")


def test_a_list_without_detectors_shows_the_catalogue() -> None:
    said = run("list").splitlines()
    assert said[0] == detectors.NONE_YET
    assert said[1].startswith(f"{NAME}: MegaDetector v5a, the one that most others are compared")
    assert said[3] == (
        "  recall of animals 81.7 % (Microsoft's model zoo); recommended threshold 0.2"
    )


@pytest.mark.parametrize("words", [("activate", "x"), ("check", "x"), ("fetch", "x"), ("add", "x")])
def test_what_is_not_there_is_said(words) -> None:
    with pytest.raises(CommandError, match=r"x"):
        run(*words)


def test_the_environment_can_be_prepared_beforehand(tmp_path) -> None:
    assert run("prepare") == detectors.READY.format(tmp_path / "python") + "\n"
