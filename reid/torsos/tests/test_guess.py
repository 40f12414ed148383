"""Guesses by colours: an animal that stands out, one that does not, and one that fills its box."""

from __future__ import annotations

import numpy as np
import pytest

from reid.torsos.guess import guess


def picture(animal: tuple[int, int, int], wide: float = 0.36, high: float = 0.2) -> np.ndarray:
    """An ellipse of one colour in the middle of green ground, both with some noise."""
    y, x = (np.mgrid[0:240, 0:320] + 0.5) / np.array([240, 320])[:, None, None]
    inside = ((x - 0.5) / wide) ** 2 + ((y - 0.42) / high) ** 2 < 1
    pixels = np.where(inside[..., None], animal, (80, 120, 60))
    noise = np.random.default_rng(2).normal(0, 9, pixels.shape)
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def test_an_animal_of_another_colour_is_found() -> None:
    mask = guess(picture((150, 90, 60)), 36)
    assert mask is not None
    assert mask.shape == (36, 36)
    assert mask.dtype == np.float32
    at = (np.arange(36) + 0.5) / 36
    truth = ((at[None] - 0.5) / 0.36) ** 2 + ((at[:, None] - 0.42) / 0.2) ** 2 < 1
    found = mask > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.9


def test_a_guess_is_always_the_same() -> None:
    first, second = guess(picture((150, 90, 60)), 36), guess(picture((150, 90, 60)), 36)
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first, second)


def test_a_mirrored_picture_gives_a_mirrored_guess() -> None:
    plain = guess(picture((150, 90, 60)), 36)
    mirrored = guess(picture((150, 90, 60))[:, ::-1], 36)
    assert plain is not None
    assert mirrored is not None
    assert np.abs(mirrored[:, ::-1] - plain).mean() < 0.03


@pytest.mark.parametrize(
    "pixels",
    [
        picture((80, 120, 60)),
        picture((150, 90, 60), wide=0.5, high=0.5),
        np.full((50, 70, 3), 128, np.uint8),
    ],
    ids=["as the ground", "all over the box", "even"],
)
def test_where_colours_tell_nothing_there_is_no_guess(pixels) -> None:
    assert guess(pixels, 36) is None
