"""Pictures whose torsos are known: what is said to be torso is, and nothing depends on the hour."""

from __future__ import annotations

import numpy as np
import pytest

from reid.taxonomy import Sex
from reid.torsos import own_head
from thumper.herd import COLLECTION, animals, torsos
from thumper.herd.coats import look


@pytest.fixture(scope="module")
def drawn() -> list[torsos.TorsoPicture]:
    return list(torsos.draw(12, seed=3))


def test_the_same_seed_draws_the_same_pictures(drawn) -> None:
    for one, again in zip(drawn, torsos.draw(3, seed=3), strict=False):
        assert one.picture.tobytes() == again.picture.tobytes()
        assert one.torso.tobytes() == again.torso.tobytes()
    other = next(torsos.draw(1, seed=4))
    assert other.picture.tobytes() != drawn[0].picture.tobytes()


def test_mask_heads_know_the_drawings_by_their_folder() -> None:
    """Nothing is learned anew from pictures whose true masks the shipped head has seen."""
    assert COLLECTION == own_head.DRAWINGS


def test_picture_and_torso_are_of_one_size_and_the_torso_is_a_fair_part_of_it(drawn) -> None:
    for one in drawn:
        assert one.picture.mode == "RGB"
        assert one.picture.size == one.torso.size
        share = (np.asarray(one.torso) > 127).mean()
        assert 0.03 < share < 0.6


@pytest.mark.parametrize("pose", animals.POSES)
def test_the_torso_lies_within_what_is_drawn_of_the_animal(pose) -> None:
    of = look(Sex.DOE, 1, 20)
    alpha = np.asarray(animals.deer(of, "right", pose).getchannel("A"))
    torso = np.asarray(animals.torso("right", pose)) > 127
    assert (alpha[torso] > 200).mean() > 0.97
    assert 0.3 < torso.sum() / (alpha > 127).sum() < 0.8  # head, legs and tail are none of it


def test_a_torso_is_mirrored_with_its_animal() -> None:
    right, left = (np.asarray(animals.torso(flank, "walk")) for flank in ("right", "left"))
    np.testing.assert_array_equal(left, right[:, ::-1])
