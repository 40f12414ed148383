"""The matcher's card: what it covers, and what it refuses."""

from __future__ import annotations

import pytest

from reid.patterns.card import MatcherCard


def test_a_card_survives_a_specification() -> None:
    card = MatcherCard(rank=4, softness=0.5)
    assert MatcherCard.from_json(card.to_json()) == card


@pytest.mark.parametrize("name", ["rule", "extractor", "version"])
def test_the_card_of_another_version_is_refused(name: str) -> None:
    data = MatcherCard().to_json() | {name: "another way"}
    with pytest.raises(ValueError, match="another way"):
        MatcherCard.from_json(data)


def test_a_card_of_the_first_version_stands_for_what_it_did() -> None:
    """Its fingerprint is that of its day, so that its scores and thresholds hold."""
    first = MatcherCard(softness=1.0, probes=0, version="1")
    assert first.fingerprint("a" * 64) == (
        "2cbbaf90a7397d0c8b58ff5c6a81d90467ca49df492aa6c53b76982d11e7c5a4"
    )
    assert "probes" not in first.to_json()
    assert MatcherCard.from_json(first.to_json()) == first


def test_number_and_background_move_the_fingerprint() -> None:
    one = MatcherCard().fingerprint("a" * 64)
    assert one == MatcherCard().fingerprint("a" * 64)
    assert (
        len({one, MatcherCard(rank=4).fingerprint("a" * 64), MatcherCard().fingerprint("b" * 64)})
        == 3
    )


@pytest.mark.parametrize(
    "numbers",
    [
        {"rank": 0},
        {"best": 0},
        {"shortlist": 0},
        {"place": 0.0},
        {"scale": -1.0},
        {"softness": 0.0},
        {"probes": -1},
    ],
)
def test_numbers_that_mean_nothing_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        MatcherCard(**numbers)  # type: ignore[arg-type]
