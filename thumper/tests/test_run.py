"""The script `run` and its helpers, where no other test asks them: secrets, digests of images, what is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRETS = {"secret_key", "postgres_password", "redis_password", "email_url"}


def run(folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", *command], cwd=folder, capture_output=True, text=True, env=os.environ | env
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what these scripts read."""
    for name in ("run", "Dockerfile", "docker-compose.yml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".install").mkdir()
    shutil.copy(ROOT / ".install/pin-images", tmp_path / ".install")
    return tmp_path


def read(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text().strip() for file in (folder / "secrets").iterdir()}


@pytest.mark.parametrize("command", ["up", "install", "upgrade"])
def test_help_installs_nothing(checkout: Path, command: str) -> None:
    asked = run(checkout, "run", command, "--help", THUMPER_VENV="none")
    assert asked.returncode == 0
    assert "usage: ./run COMMAND" in asked.stdout
    assert not (checkout / "none").exists()


# --- secrets --------------------------------------------------------------------------------------


def test_secrets_are_made_open_to_containers_in_a_folder_closed_to_others(checkout: Path) -> None:
    """A container sees the file with the rights that it has here, and is no user of this host."""
    assert run(checkout, "run", "secrets").returncode == 0
    made = read(checkout)
    assert set(made) == SECRETS
    assert re.fullmatch(r"[A-Za-z0-9]{64}", made["secret_key"])
    assert len({made[name] for name in SECRETS}) == 4
    assert made["email_url"] == "console:"
    assert stat.S_IMODE((checkout / "secrets").stat().st_mode) == 0o700
    modes = {stat.S_IMODE((checkout / "secrets" / name).stat().st_mode) for name in SECRETS}
    assert modes == {0o444}


def test_secrets_that_are_there_stay(checkout: Path) -> None:
    run(checkout, "run", "secrets")
    before = read(checkout)
    (checkout / "secrets" / "email_url").unlink()
    again = run(checkout, "run", "secrets")
    assert read(checkout) == before
    assert "secrets/secret_key is there, and stays." in again.stderr
    assert "secrets/email_url is made." in again.stderr


def test_secrets_that_env_had_before_are_taken_over(checkout: Path) -> None:
    """A database that is there keeps its password."""
    (checkout / ".env").write_text(
        "#SECRET_KEY=example\nPOSTGRES_PASSWORD=old=pass&word\nREDIS_PASSWORD='quoted'\n"
        'EMAIL_URL="submission://user:pw@mail.example.org:587"\n'
    )
    run(checkout, "run", "secrets")
    made = read(checkout)
    assert made["postgres_password"] == "old=pass&word"
    assert made["redis_password"] == "quoted"
    assert made["email_url"] == "submission://user:pw@mail.example.org:587"
    assert len(made["secret_key"]) == 64


def test_compose_reads_the_secrets_that_are_made(checkout: Path) -> None:
    run(checkout, "run", "secrets")
    named = re.findall(r"file: \./secrets/(\w+)", (ROOT / "docker-compose.yml").read_text())
    assert set(named) == SECRETS


# --- digests of base images -----------------------------------------------------------------------

DIGEST = "sha256:" + "ab" * 32
IMAGES = {"python:3.11-slim-bookworm", "postgres:17-bookworm", "redis:7.4-bookworm"}


def docker(folder: Path, answer: str) -> str:
    """A stand-in for docker that answers so when it is asked for an image; the PATH on which it is found."""
    program = folder / "bin" / "docker"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\necho "$4" >>"{folder}/asked"\necho "{answer}"\n')
    program.chmod(0o755)
    return f"{program.parent}:{os.environ['PATH']}"


def test_base_images_are_pinned_by_what_the_registry_says(checkout: Path) -> None:
    before = {name: (checkout / name).read_text() for name in ("Dockerfile", "docker-compose.yml")}
    for digest in (DIGEST, "sha256:" + "cd" * 32):  # a second time they are renewed
        done = run(checkout, ".install/pin-images", PATH=docker(checkout, digest))
        assert done.returncode == 0, done.stderr
        for name, text in before.items():
            pinned = (checkout / name).read_text()
            found = set(re.findall(r"([a-z]+:[\w.-]+)@(sha256:\w+)", pinned))
            images = {image for image in IMAGES if image in text}
            assert found == {(image, digest) for image in images}
            assert re.sub("@sha256:[0-9a-f]{64}", "", pinned) == re.sub(
                "@sha256:[0-9a-f]{64}", "", text
            )
    assert set((checkout / "asked").read_text().split()) == IMAGES


def test_an_answer_that_is_no_digest_changes_nothing(checkout: Path) -> None:
    before = (checkout / "Dockerfile").read_text()
    done = run(checkout, ".install/pin-images", PATH=docker(checkout, "unauthorized"))
    assert done.returncode == 1
    assert "is no digest: unauthorized" in done.stderr
    assert (checkout / "Dockerfile").read_text() == before


# --- what is installed ----------------------------------------------------------------------------


@pytest.mark.service
def test_what_is_installed_is_written_with_its_licences(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ".install/sbom.py", "--output", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "thumper.cdx.json").read_text())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "thumper"
    found = {one["name"].lower(): one["version"] for one in document["components"]}
    assert found["django"] in (ROOT / "requirements.txt").read_text()
    assert "torch" in found
    assert not {"pytest", "ruff", "uv"} & set(found)  # no tests and tools
    report = (tmp_path / "licences.md").read_text()
    assert re.search(r"^\| Django \| [\d.]+ \| BSD-3-Clause \|$", report, re.MULTILINE)
    assert len(re.findall(r"^\| ", report, re.MULTILINE)) == len(found) + 1
    videos = re.search(r"^- av: (.*)$", report, re.MULTILINE)
    assert videos is not None  # on Linux and macOS its wheel has FFmpeg
    assert "libavcodec, " in videos[1] and "libx264 (GPL-2.0-or-later)" in videos[1]
