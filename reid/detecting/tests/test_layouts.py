"""Layouts: each one's arrays read by hand, and answers that the card does not speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from reid.detecting import cards, layouts
from reid.detecting.tests import detectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def card(tmp_path: Path) -> Callable[..., cards.DetectorCard]:
    def make(**fields: Any) -> cards.DetectorCard:
        detectors.folder(tmp_path, "one", b"1", **fields)
        return cards.read_folder(tmp_path, "one")

    return make


def rows(found: layouts.Candidates) -> list[tuple[list[float], float, int]]:
    return [
        (box.tolist(), round(float(score), 3), int(index))
        for box, score, index in zip(found.boxes, found.scores, found.classes, strict=True)
    ]


def test_yolov5_multiplies_objectness_and_class(card: Callable[..., cards.DetectorCard]) -> None:
    answer = np.array(
        [
            [10, 10, 4, 6, 0.5, 0.2, 0.9, 0.1],
            [30, 30, 8, 8, 0.9, 0.8, 0.1, 0.1],
            [9, 9, 9, 9, 0.1, 1, 0, 0],
        ],
        np.float32,
    )
    assert rows(layouts.read([answer], card())) == [
        ([30, 30, 8, 8], 0.72, 0),
        ([10, 10, 4, 6], 0.45, 1),  # 0.5 x 0.9; the third, 0.1, is below the threshold
    ]


def test_yolov8_lies_the_other_way_round(card: Callable[..., cards.DetectorCard]) -> None:
    answer = np.array([[10, 10, 4, 6, 0.2, 0.1, 0.6], [30, 30, 8, 8, 0.8, 0.1, 0.1]], np.float32).T
    assert rows(layouts.read([answer], card(layout="yolov8"))) == [
        ([30, 30, 8, 8], 0.8, 0),
        ([10, 10, 4, 6], 0.6, 2),
    ]


def test_detr_has_shares_and_logits(card: Callable[..., cards.DetectorCard]) -> None:
    boxes = np.array([[0.5, 0.25, 0.125, 0.5]], np.float32)
    logits = np.array([[0.0, -5.0, np.log(3.0)]], np.float32)  # sigmoid: 0.5, 0.007, 0.75
    shape = {"width": 64, "height": 32}
    found = layouts.read([boxes, logits], card(layout="detr", suppression=None, input=shape))
    assert rows(found) == [([32, 8, 8, 16], 0.75, 2)]


def test_boxes_of_classes_that_are_left_out_go(card: Callable[..., cards.DetectorCard]) -> None:
    classes = [detectors.CLASSES[0], {"name": "chair", "classification": None}]
    answer = np.array([[1, 1, 2, 2, 1, 0.1, 0.9], [9, 9, 2, 2, 1, 0.9, 0.1]], np.float32)
    assert rows(layouts.read([answer], card(classes=classes))) == [([9, 9, 2, 2], 0.9, 0)]


def test_two_boxes_of_one_animal_are_suppressed_where_the_card_says_so(
    card: Callable[..., cards.DetectorCard],
) -> None:
    answer = np.array([[9, 9, 8, 8, 1, 0.9, 0, 0], [9, 9, 8, 9, 1, 0.8, 0, 0]], np.float32)
    assert len(layouts.read([answer], card()).scores) == 1
    assert len(layouts.read([answer], card(suppression=None)).scores) == 2


def test_the_surest_of_very_many_boxes_are_kept(card: Callable[..., cards.DetectorCard]) -> None:
    answer = np.zeros((1000, 8), np.float32)
    answer[:, 4] = answer[:, 5] = 1
    answer[:, 5] -= np.arange(1000, dtype=np.float32) / 2000
    found = layouts.read([answer], card(suppression=None))
    assert len(found.scores) == layouts.MOST
    assert found.scores[0] == 1.0


@pytest.mark.parametrize(
    ("layout", "shapes", "text"),
    [
        (
            "yolov5",
            [(9, 85)],
            "answers (1, 9, 85) where its layout yolov5 with 3 classes needs (1, n, 8)",
        ),
        (
            "yolov8",
            [(8, 9)],
            "answers (1, 8, 9) where its layout yolov8 with 3 classes needs (1, 7, n)",
        ),
        (
            "detr",
            [(9, 4)],
            "answers (1, 9, 4) where its layout detr with 3 classes needs boxes (1, n, 4) and logits",
        ),
        ("detr", [(9, 4), (8, 3)], "answers (1, 9, 4) and (1, 8, 3) where"),
        ("yolov5", [], "answers nothing where"),
        ("yolov5", [(8,)], "answers (1, 8) where"),
    ],
)
def test_an_answer_of_another_shape_is_refused(
    card: Callable[..., cards.DetectorCard], layout: str, shapes: list[tuple[int, ...]], text: str
) -> None:
    with pytest.raises(layouts.BadAnswer) as refused:
        layouts.read([np.zeros(shape, np.float32) for shape in shapes], card(layout=layout))
    assert text in str(refused.value)
    assert "correct layout or classes in detector.json" in str(refused.value)


@pytest.mark.parametrize("column", [0, 5])
def test_numbers_that_are_none_are_refused(
    card: Callable[..., cards.DetectorCard], column: int
) -> None:
    answer = np.full((1, 8), 0.9, np.float32)
    answer[0, column] = np.nan
    with pytest.raises(layouts.BadAnswer, match="answers NaN or infinity"):
        layouts.read([answer], card())
