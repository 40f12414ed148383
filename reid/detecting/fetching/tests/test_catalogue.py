"""Catalogue: every entry says its licence, makes a card, and runs code only where its file is known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reid.detecting.cards import DetectorCard, Layout
from reid.detecting.fetching.catalogue import DETECTORS, UNKNOWN, find
from reid.detecting.fetching.conversion import card_of

DOCUMENT = Path(__file__).parents[4] / "docs" / "detecting.md"


def test_the_detectors_that_are_promised_are_there() -> None:
    assert list(DETECTORS) == [
        *("megadetector-v5a", "megadetector-v5b", "megadetector-redwood"),
        *("megadetector-cedar", "megadetector-sorrel"),
        *("megadetector-v6-rtdetr-c", "megadetector-v6-rtdetr-e", "speciesnet-detector"),
    ]
    assert all(find(name).name == name for name in DETECTORS)


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(LookupError) as refusal:
        find("yolo")
    assert refusal.value.args == (UNKNOWN.format("yolo", ", ".join(DETECTORS)),)


@pytest.mark.parametrize("entry", DETECTORS.values(), ids=DETECTORS)
def test_facts_are_whole_or_said_to_be_missing(entry) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}|", entry.md5)
    assert re.fullmatch(r"[\w.-]+\.pth?", entry.file)
    assert entry.url.startswith("https://")
    assert entry.terms
    assert entry.recall
    assert "checksum" in entry.unverified or entry.md5
    assert "size" in entry.unverified or entry.size


@pytest.mark.parametrize("entry", DETECTORS.values(), ids=DETECTORS)
def test_only_a_file_with_a_published_checksum_may_run_code(entry) -> None:
    assert entry.md5 or not entry.runs_code


@pytest.mark.parametrize("entry", DETECTORS.values(), ids=DETECTORS)
def test_each_makes_a_card_that_can_be_read(entry) -> None:
    card = DetectorCard.from_json(card_of(entry, Layout.YOLOV5, "0" * 64))
    assert (card.name, card.threshold) == (entry.name, entry.threshold)
    # The coarsest step of these networks is 32 or 64 pixels.
    assert card.input.width % 32 == card.input.height % 32 == 0


@pytest.mark.parametrize("entry", DETECTORS.values(), ids=DETECTORS)
def test_the_document_names_each_with_its_threshold(entry) -> None:
    (row,) = [line for line in DOCUMENT.read_text().splitlines() if f"| `{entry.name}` |" in line]
    assert f"| {entry.threshold} |" in row
    assert f"| {entry.width} x {entry.height} |" in row
