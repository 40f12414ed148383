"""Fetching, as the command does it: licence, hub, a process of its own for the conversion, a space in the end."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reid.hub import catalogue, environment, fetching, process
from reid.hub.tests.stand_in_hub import Hub, serving
from reid.hub.tests.test_conversion import SWIN, write
from reid.management import licences
from reid.models import EmbeddingSpace
from reid.networks.model_card import ModelRefused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_catalogue(tmp_path, settings, monkeypatch) -> None:
    settings.MODEL_ROOT = tmp_path / "models"
    settings.MODEL_ROOT.mkdir()
    monkeypatch.setattr(catalogue, "MODELS", {SWIN.name: SWIN})
    # The suite's own Python has the pinned packages; making a real environment is test_environment's.
    monkeypatch.setattr(environment, "prepare", lambda root, say: Path(sys.executable))


def run(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("embedding_spaces", *words, stdout=out, **options)
    return out.getvalue()


def test_a_network_is_fetched_converted_and_registered(tmp_path, settings, monkeypatch) -> None:
    with serving(Hub(write(SWIN, tmp_path / "pytorch_model.bin"))) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        said = run("fetch", SWIN.name, "--accept-licence")
        asked = len(hub.asked)
        again = run("fetch", SWIN.name, "--accept-licence")
        assert len(hub.asked) == asked
    space = EmbeddingSpace.objects.get()
    assert (space.name, space.dimension, space.is_active) == (SWIN.name, 192, False)
    assert space.specification["preprocessing"]["resampling"].startswith("squash, bilinear")
    assert "licence: CC-BY-NC-4.0; not for commercial use" in said
    assert "not verified: " in said
    assert f"{space.fingerprint[:12]}  {SWIN.name}: registered." in said
    assert "registered." in again


def test_without_a_network_the_command_says_what_to_bring_and_keeps_nothing(
    settings, monkeypatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(CommandError) as refusal:
        run("fetch", SWIN.name, "--accept-licence")
    place = settings.MODEL_ROOT / fetching.DOWNLOADS / SWIN.name / SWIN.file
    assert f"bring that file as {place}" in str(refusal.value)
    assert not EmbeddingSpace.objects.exists()


def test_a_script_must_accept_the_licence(monkeypatch) -> None:
    monkeypatch.setattr(fetching, "fetch", pytest.fail)
    with pytest.raises(CommandError, match="accept its licence"):
        run("fetch", SWIN.name)


@pytest.mark.parametrize(
    ("typed", "accepted"), [("y", True), ("YES", True), ("", False), ("n", False)]
)
def test_a_person_is_asked(monkeypatch, typed, accepted) -> None:
    asked: list[str] = []

    def answer(question: str) -> Any:
        asked.append(question)
        return typed

    def refuse(*args: object) -> None:
        raise ModelRefused("fetched")

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(fetching, "fetch", refuse)
    with pytest.raises(CommandError, match="^fetched" if accepted else "was not fetched"):
        run("fetch", SWIN.name)
    assert asked == [licences.QUESTION]


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(CommandError) as refusal:
        run("fetch", "megadescriptor-xxl")
    assert str(refusal.value) == catalogue.UNKNOWN_NETWORK.format("megadescriptor-xxl", SWIN.name)


def test_a_conversion_that_broke_off_is_said(monkeypatch, tmp_path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 9\n")
    broken.chmod(0o755)
    monkeypatch.setattr(environment, "prepare", lambda root, say: broken)
    with pytest.raises(CommandError) as refusal:
        run("fetch", SWIN.name, "--accept-licence")
    assert str(refusal.value) == process.BROKE_OFF.format(SWIN.name, 9)
