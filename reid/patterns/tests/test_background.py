"""Drawing a background: by content alone, one a sighting and flank, bounded, and the same each time."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from reid.patterns.background import FEWEST, Candidate, NoBackground, draw, is_outgrown

LEFT, RIGHT = 1, -1


def candidate(number: int, side: int, sighting: UUID | None = None) -> Candidate:
    return Candidate(UUID(int=number), side, sighting, f"photograph {number}")


def candidates(count: int, side: int = LEFT, start: int = 0) -> list[Candidate]:
    return [candidate(number, side) for number in range(start, start + count)]


def test_the_order_of_the_store_does_not_matter() -> None:
    store = candidates(100)
    assert draw(store, 50) == draw(store[::-1], 50)


def test_the_same_photographs_in_another_store_are_drawn_alike() -> None:
    store = candidates(100)
    elsewhere = [replace(item, id=UUID(int=1000 - item.id.int)) for item in store]
    assert [item.content for item in draw(store, 50)] == [
        item.content for item in draw(elsewhere, 50)
    ]


def test_each_flank_is_bounded() -> None:
    store = candidates(60) + candidates(60, RIGHT, 100) + candidates(5, 0, 200)
    drawn = draw(store, 40)
    assert [sum(item.side == side for item in drawn) for side in (LEFT, RIGHT, 0)] == [40, 40, 5]


def test_a_larger_store_keeps_most_of_what_was_drawn() -> None:
    """The lowest hashes stay the lowest: of 40 of 60, those that 20 new ones do not displace."""
    before, after = draw(candidates(60), 40), draw(candidates(80), 40)
    stayed = {item.id for item in before} & {item.id for item in after}
    assert len(stayed) == 40 - sum(item.id.int >= 60 for item in after)


def test_a_sighting_gives_one_photograph_a_flank() -> None:
    sighting = UUID(int=999)
    burst = [candidate(100 + number, LEFT, sighting) for number in range(10)]
    turned = [candidate(200, RIGHT, sighting)]
    drawn = draw(candidates(40) + burst + turned)
    assert sorted(item.side for item in drawn if item.sighting == sighting) == [RIGHT, LEFT]


def test_a_store_of_few_photographs_has_no_background() -> None:
    with pytest.raises(NoBackground, match=f"needs {FEWEST} photographs .* has {FEWEST - 1}"):
        draw(candidates(FEWEST - 1))


def test_a_store_outgrows_its_background_when_it_has_doubled() -> None:
    assert not is_outgrown(100, 199)
    assert is_outgrown(100, 200)
