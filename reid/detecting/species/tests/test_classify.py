"""Animals in boxes shown to tiny real networks: what they see, what they answer, and what is refused."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as PILImage

from reid.detecting.species.cards import CropRule
from reid.detecting.species.classify import NO_CLASSIFIER, Classifier, choose, look, region
from reid.detecting.species.tests import classifiers
from reid.imaging.crops import Box
from reid.models import Detection
from reid.networks.model_card import ModelRefused
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from reid.models import Image

RED, GREEN, YELLOW, WHITE, BLACK = (
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (255, 255, 255),
    (0, 0, 0),
)


def loaded(root: Path, network: str = "colours", **fields: Any) -> Classifier:
    classifiers.folder(root, "ranch", network, **fields)
    card = choose(root)
    return Classifier(card, card.read_weights(root))


def photograph(media_root: Path, *squares: tuple[Box, tuple[int, int, int]]) -> Image:
    """A grey photograph of 400 x 300 with coloured squares."""
    picture = PILImage.new("RGB", (400, 300), (128, 128, 128))
    for box, colour in squares:
        picture.paste(colour, (box.x, box.y, box.x + box.width, box.y + box.height))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    name = f"{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.png"
    (media_root / name).write_bytes(buffer.getvalue())
    return make.image(name, width=400, height=300)


def boxed(image: Image, box: Box, **fields: Any) -> Detection:
    place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    return make.detection(
        image=image, sighting=make.sighting(), **{"classification": "animal"} | place | fields
    )


@pytest.mark.django_db
@pytest.mark.parametrize("runtime", ["onnx", "torchscript", "torch_export"])
def test_each_box_is_cut_out_and_answered_for(
    media_root: Path, tmp_path: Path, runtime: str
) -> None:
    squares = [
        Box(10, 20, 61, 43),
        Box(120, 20, 40, 80),
        Box(200, 20, 50, 50),
        Box(300, 90, 33, 77),
    ]
    image = photograph(media_root, *zip(squares, (RED, YELLOW, WHITE, BLACK), strict=True))
    rows = [boxed(image, box) for box in squares]
    found = {item.detection: item.answer for item in look(Detection.objects.all(), loaded(tmp_path, runtime=runtime), 9)}  # fmt: skip
    red, yellow, white, black = (found[row.pk] for row in rows)
    assert red is not None
    assert (red.classification, red.word, round(red.probability, 3)) == ("buck", "stag", 1.0)
    assert yellow is not None
    assert (yellow.classification, round(yellow.probability, 3)) == ("unknown_deer", 1.0)
    assert white is not None
    assert white.classification == "animal"
    assert black is None


@pytest.mark.django_db
def test_a_box_that_cannot_be_shown_is_told_and_costs_no_other(
    media_root: Path, tmp_path: Path
) -> None:
    box = Box(10, 20, 60, 40)
    image = photograph(media_root, (box, RED))
    good, outside = boxed(image, box), boxed(image, Box(500, 20, 60, 40))
    lost = boxed(make.image("lost.png"), box)
    looked = {item.detection: item for item in look(Detection.objects.all(), loaded(tmp_path), 9)}
    answer = looked[good.pk].answer
    assert answer is not None
    assert answer.classification == "buck"
    problems = [looked[row.pk].problem for row in (outside, lost)]
    assert [problem and problem.reason for problem in problems] == ["outside", "missing"]


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        (CropRule(), Box(100, 100, 60, 40)),
        (CropRule(0.25), Box(85, 90, 90, 60)),
        (CropRule(square=True), Box(100, 90, 60, 60)),
        (CropRule(0.5, square=True), Box(70, 60, 120, 120)),
        (CropRule(1.0, square=True), Box(40, 30, 160, 160)),  # cut off below and to the right
    ],
)
def test_what_is_shown_of_a_box(rule: CropRule, shown: Box) -> None:
    full = (200, 190) if rule.margin == 1.0 else (400, 300)
    assert region(Box(100, 100, 60, 40), full, rule) == shown


def test_an_answer_that_does_not_fit_the_card_is_refused(tmp_path: Path) -> None:
    picture = np.zeros((classifiers.SIDE, classifiers.SIDE, 3), np.uint8)
    with pytest.raises(ModelRefused, match=r"answers \(1, 3\) where its 4 classes need \(1, 4\)"):
        loaded(tmp_path / "few", "fewer").answers([picture])
    with pytest.raises(ModelRefused, match="NaN or infinity"):
        loaded(tmp_path / "nan", "nan").answers([picture])


def test_the_only_classifier_is_chosen_and_of_several_none(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused) as refused:
        choose(tmp_path)
    assert str(refused.value) == NO_CLASSIFIER
    classifiers.folder(tmp_path, "one")
    assert choose(tmp_path).name == "one"
    classifiers.folder(tmp_path, "two")
    with pytest.raises(ModelRefused, match="which one: one, two"):
        choose(tmp_path)
    assert choose(tmp_path, "two").name == "two"
