"""Packages of the environment: pinned with their hashes, and none of them where the server would import it."""

from __future__ import annotations

from pathlib import Path

from reid.detecting.fetching.fetch import PACKAGES

ROOT = Path(__file__).parents[4]


def pinned() -> list[str]:
    text = "".join(file.read_text() for file in PACKAGES.files)
    entries = text.replace("\\\n", " ").splitlines()
    return [line for line in entries if line and not line.startswith("#")]


def test_every_package_is_pinned_with_its_hashes() -> None:
    assert {"megadetector", "yolov5", "yolov9pip", "ultralytics", "pytorchwildlife"} <= {
        line.partition("==")[0] for line in pinned()
    }
    assert all("==" in line and "--hash=sha256:" in line for line in pinned())


def test_packages_under_gpl_and_agpl_are_nowhere_among_the_server_s() -> None:
    servers = "".join(
        (ROOT / name).read_text() for name in ("requirements.txt", "requirements.lock")
    )
    for name in ("yolov5", "yolov9pip", "ultralytics"):
        assert name not in servers
