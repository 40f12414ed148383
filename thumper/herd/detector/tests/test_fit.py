"""Fit of the sample network: what it should answer for a drawing, and that it learns it."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from reid.imaging.crops import Box
from reid.taxonomy import Classification
from thumper.herd.detector import fit
from thumper.herd.detector.network import COLUMNS, ROWS, SampleNetwork, Shipped
from thumper.herd.detector.pictures import DrawnPhotograph
from thumper.herd.detector.shipped import CLASSES, HEIGHT, WIDTH


def drawn(*boxes: tuple[Box, Classification]) -> DrawnPhotograph:
    picture = Image.new("RGB", (WIDTH * 2, HEIGHT * 2))
    return DrawnPhotograph(picture, tuple(b for b, _ in boxes), tuple(c for _, c in boxes))


def test_cells_near_the_middle_of_a_box_answer_for_it() -> None:
    # In the input 80 x 40 around (60, 60): cells up to 17.6 to either side and 8.8 up and down.
    wanted = fit.targets(drawn((Box(40, 80, 160, 80), Classification.DOE)))
    cells = wanted.classes.view(ROWS, COLUMNS)
    rows, columns = torch.nonzero(cells == CLASSES.index("animal"), as_tuple=True)
    assert set(rows.tolist()) == {6, 7, 8}  # middles at 52, 60 and 68
    assert set(columns.tolist()) == {5, 6, 7, 8, 9}  # 44 to 76; 36 and 84 are too far
    assert wanted.boxes.view(ROWS, COLUMNS, 4)[7, 7].tolist() == [20, 40, 100, 80]


def test_of_two_animals_the_smaller_one_has_the_cell_and_a_small_one_has_one() -> None:
    large, small = Box(0, 0, 320, 320), Box(152, 152, 16, 16)
    wanted = fit.targets(drawn((small, Classification.PERSON), (large, Classification.BUCK)))
    cells = wanted.classes.view(ROWS, COLUMNS)
    assert (cells == CLASSES.index("person")).sum() >= 1
    assert cells[9, 9] == CLASSES.index("person")
    assert (cells == CLASSES.index("animal")).sum() > 10


def test_a_meadow_without_an_animal_asks_for_nothing() -> None:
    assert (fit.targets(drawn()).classes == -1).all()


def test_the_same_pictures_give_the_same_network_and_it_learns_from_them() -> None:
    pixels = np.zeros((4, 3, HEIGHT, WIDTH), np.uint8)
    pixels[:, :, 64:128, 96:192] = 255
    wanted = [fit.targets(drawn((Box(192, 128, 192, 128), Classification.DOE)))] * 4
    one, again = (fit.learn(pixels, wanted, epochs=30) for _ in range(2))
    for name, value in one.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    picture = torch.from_numpy(pixels[:1]).float() / 255
    trained, untrained = (Shipped(item)(picture)[0] for item in (one, SampleNetwork().eval()))
    best = trained[:, trained[4].argmax()]
    assert best[4] > untrained[4].max()
    assert float((best[:4] - torch.tensor([144.0, 96.0, 96.0, 64.0])).abs().max()) < 40
