"""Cards of detectors: what is read, what is refused and in which words, and what the fingerprint covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.detecting import cards, registry
from reid.detecting.tests import detectors
from reid.models import Detector
from reid.networks.model_card import ModelRefused
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path


def test_a_card_is_read_with_its_defaults(tmp_path: Path) -> None:
    detectors.folder(tmp_path, "plain", b"weights")
    card = cards.read_folder(tmp_path, "plain")
    assert (card.folder, card.words, card.layout) == ("plain", "plain 1", cards.Layout.YOLOV5)
    assert (card.input.fit, card.input.pad, card.input.upscale) == ("letterbox", 114, True)
    assert card.classes[1].classification is Classification.PERSON
    assert cards.DetectorCard.from_json(card.to_json()) == card
    assert card.read_weights(tmp_path) == b"weights"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"layout": "yolov9000"},
            "layout 'yolov9000' is not known: use one of yolov5, yolov8, detr",
        ),
        (
            {"runtime": "pickle"},
            "runtime 'pickle' is not known: use one of onnx, torchscript, torch_export",
        ),
        ({"colour": "red"}, "detector.json has colour, which is not known"),
        ({"input": {"width": 64}}, "height is missing"),
        ({"input": {"width": 64, "height": 8}}, "input width and height must be from 32 to 4096"),
        ({"input": {"width": 64.5, "height": 64}}, "input width must be a whole number"),
        ({"input": {"width": 64, "height": 64, "upscale": "no"}}, "must be true or false"),
        ({"normalisation": {"std": [1, 1, 0]}}, "scale and std must be above 0"),
        ({"suppression": 0}, "suppression must be above 0 and at most 1, or null"),
        ({"threshold": 1.5}, "threshold must be above 0 and at most 1"),
        (
            {"classes": [{"name": "gnu", "classification": "gnu"}]},
            "classification 'gnu' is not known",
        ),
        (
            {"classes": [{"name": "tree", "classification": None}]},
            "at least one class that is kept",
        ),
        ({"weights": "../weights.bin"}, "weights must be a plain file name"),
        ({"sha256": "12"}, "sha256 must be 64 hexadecimal digits"),
        ({"licence": " "}, "name, version, licence and source are needed"),
        ({"name": "n" * 61}, "name has at most 60 letters"),
    ],
)
def test_what_cannot_be_a_card_is_refused_with_its_reason(
    tmp_path: Path, fields: dict[str, Any], text: str
) -> None:
    detectors.folder(tmp_path, "bad", b"weights", **fields)
    with pytest.raises(ModelRefused) as refused:
        cards.read_folder(tmp_path, "bad")
    assert text in str(refused.value)
    assert str(tmp_path / "bad" / "detector.json") in str(refused.value)


def test_a_folder_or_card_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="The model folder nowhere does not exist"):
        cards.read_folder(tmp_path, "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelRefused, match=r"detector\.json is missing"):
        cards.read_folder(tmp_path, "empty")


def test_the_fingerprint_covers_what_moves_a_box_and_nothing_else(tmp_path: Path) -> None:
    def fingerprint(name: str, weights: bytes = b"weights", **fields: Any) -> str:
        detectors.folder(tmp_path, name, weights, **{"name": "one"} | fields)
        return cards.read_folder(tmp_path, name).fingerprint

    first = fingerprint("first")
    assert fingerprint("elsewhere", licence="BSD", source="https://example.org/else") == first
    others = [
        fingerprint("a", b"other"),
        fingerprint("b", threshold=0.3),
        fingerprint("c", version="2"),
        fingerprint("d", suppression=None),
        fingerprint("e", input={"width": 64, "height": 96}),
        fingerprint("f", classes=detectors.CLASSES[:2]),
    ]
    assert len({first, *others}) == 7


@pytest.mark.django_db
def test_a_detector_is_registered_once_and_one_is_active(tmp_path: Path, settings: Any) -> None:
    settings.MODEL_ROOT = tmp_path
    one = registry.register(detectors.folder(tmp_path, "one", b"1"))
    assert registry.register("one").pk == one.pk
    two = registry.register(detectors.folder(tmp_path, "two", b"2"))
    assert registry.active() is None
    registry.activate(one)
    registry.activate(two)
    assert [item.name for item in Detector.objects.filter(is_active=True)] == ["two"]
    assert registry.find("one") == one
    assert registry.find("one 1") == one
    assert registry.find(two.fingerprint[:9]) == two
    with pytest.raises(LookupError, match="No detector is called three"):
        registry.find("three")


@pytest.mark.django_db
def test_a_detector_that_moved_is_found_where_it_lies_now(tmp_path: Path, settings: Any) -> None:
    settings.MODEL_ROOT = tmp_path
    detectors.folder(tmp_path, "old", b"1", name="one")
    first = registry.register("old")
    (tmp_path / "old").rename(tmp_path / "new")
    assert registry.register("new").pk == first.pk
    assert registry.card_of(registry.find("one")).folder == "new"


@pytest.mark.django_db
def test_weights_that_are_not_the_cards_are_refused(tmp_path: Path, settings: Any) -> None:
    settings.MODEL_ROOT = tmp_path
    place = detectors.folder(tmp_path, "one", b"1")
    (place / "weights.bin").write_bytes(b"other")
    with pytest.raises(ModelRefused, match="sha256 differs"):
        registry.register(place)
    (place / "weights.bin").unlink()
    with pytest.raises(ModelRefused, match=r"weights\.bin are missing"):
        registry.register(place)
    assert not Detector.objects.exists()
