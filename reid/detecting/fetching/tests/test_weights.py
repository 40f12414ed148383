"""Weights of a catalogue's detector: downloaded or brought, and compared with what is known of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reid.detecting.fetching import weights
from reid.detecting.fetching.catalogue import DETECTORS, CatalogueDetector
from reid.hub.tests.stand_in_hub import Hub, serving
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"weights of a detector"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def entry(hub: Hub | None = None, md5: str = MD5) -> CatalogueDetector:
    address = hub.address if hub else "http://127.0.0.1:9"
    return replace(DETECTORS["megadetector-v5a"], url=f"{address}/md.pt?download=1", md5=md5)


def obtained(
    detector: CatalogueDetector, folder: Path, brought: Path | None = None
) -> tuple[Path, str, list[str]]:
    said: list[str] = []
    path, sums = weights.obtain(detector, folder, said.append, lambda *_: None, brought)
    return path, sums.sha256, said


def refusal_of(*arguments) -> str:
    with pytest.raises(ModelRefused) as refusal:
        obtained(*arguments)
    return str(refusal.value)


def test_a_file_with_its_published_checksum_is_taken_and_not_fetched_twice(tmp_path) -> None:
    with serving(Hub(CONTENT)) as hub:
        first = obtained(entry(hub), tmp_path)
        again = obtained(entry(hub), tmp_path)
        assert len(hub.asked) == 1
    assert first == again == (tmp_path / "md.pt", SHA256, [])


def test_another_file_is_deleted_and_said(tmp_path) -> None:
    with serving(Hub(CONTENT)) as hub:
        detector = entry(hub, "0" * 32)
        said = refusal_of(detector, tmp_path)
    facts = {"url": detector.url, "kind": "MD5", "found": MD5, "wanted": "0" * 32}
    assert said == weights.OTHER_DOWNLOAD.format(**facts)
    assert not list(tmp_path.iterdir())


def test_a_brought_file_needs_no_network_and_stays_where_it_is(tmp_path) -> None:
    brought = tmp_path / "stick" / "anything.pt"
    brought.parent.mkdir()
    brought.write_bytes(CONTENT)
    assert obtained(entry(), tmp_path / "fetched", brought) == (brought, SHA256, [])


def test_a_brought_file_that_is_another_is_said_and_left(tmp_path) -> None:
    brought = tmp_path / "anything.pt"
    brought.write_bytes(b"something else")
    said = refusal_of(entry(), tmp_path / "fetched", brought)
    assert said.startswith(f"{brought} is not the file that the catalogue means (MD5 ")
    assert said.endswith(f"not {MD5}): bring http://127.0.0.1:9/md.pt?download=1.")
    assert brought.exists()


def test_a_brought_file_that_is_not_there_is_said(tmp_path) -> None:
    said = refusal_of(entry(), tmp_path, tmp_path / "none.pt")
    assert said == weights.NO_SUCH_FILE.format(tmp_path / "none.pt")


def test_where_no_checksum_is_published_the_first_one_is_kept_and_said(tmp_path) -> None:
    with serving(Hub(CONTENT)) as hub:
        _, _, said = obtained(entry(hub, ""), tmp_path)
        assert said == [weights.FIRST.format(file="md.pt", sha256=SHA256)]
        assert obtained(entry(hub, ""), tmp_path)[2] == []
        (tmp_path / "md.pt").write_bytes(b"something else")
        problem = refusal_of(entry(hub, ""), tmp_path)
    assert f"not {SHA256}): it was deleted" in problem


def test_without_a_network_one_sentence_says_what_to_bring(tmp_path) -> None:
    said = refusal_of(entry(), tmp_path)
    assert said.startswith("There is no way to http://127.0.0.1:9/md.pt?download=1 from here (")
    assert said.endswith(
        "): get md.pt on a computer that has a way there, bring it here, and give "
        "`manage.py detectors fetch megadetector-v5a --file PATH`."
    )
