"""Scorers: made with their space, put in use with it, found by what a person types."""

from __future__ import annotations

import pytest

from reid.embedding import scorers, spaces
from reid.models import EmbeddingSpace, Scorer
from reid.tests import make

pytestmark = pytest.mark.django_db


def pattern(name: str = "sift") -> Scorer:
    return Scorer.objects.create(kind="pattern", name=name, fingerprint=f"{name:0<64}")


def fused(of: Scorer, name: str = "both") -> Scorer:
    return Scorer.objects.create(
        kind="fused",
        name=name,
        fingerprint=f"{name:0<64}",
        space=of.space,
        embedding=of,
        pattern=pattern(f"part of {name}"),
    )


def in_use() -> tuple[EmbeddingSpace | None, Scorer | None]:
    return EmbeddingSpace.objects.active(), Scorer.objects.active()


def test_a_space_in_use_has_its_scorer_in_use() -> None:
    first, second = make.space(), make.space(is_active=False)
    spaces.activate(second)
    assert in_use() == (second, Scorer.objects.of(second))
    scorers.activate(Scorer.objects.of(first))
    assert in_use() == (first, Scorer.objects.of(first))


def test_a_scorer_without_a_space_leaves_the_space_in_use() -> None:
    space = make.space()
    sift = pattern()
    scorers.activate(sift)
    assert in_use() == (space, sift)
    assert spaces.active_space() == space
    spaces.activate(space)
    assert in_use() == (space, Scorer.objects.of(space))


def test_a_fused_scorer_brings_its_space_and_stays_while_that_is_in_use() -> None:
    make.space()
    both = fused(make.scorer(is_active=False))
    scorers.activate(both)
    assert in_use() == (both.space, both)
    spaces.activate(both.vectors)
    assert in_use() == (both.space, both)


def test_only_where_nothing_is_in_use_is_the_default_put_in_use() -> None:
    sift = pattern()
    scorers.activate(sift)
    space = make.space(is_active=False)
    assert spaces.activate(space, only_if_none=True) == space
    assert in_use() == (space, sift)
    other = make.space(is_active=False)
    assert spaces.activate(other, only_if_none=True) == space
    assert in_use() == (space, sift)


def test_they_are_found_by_name_kind_and_fingerprint() -> None:
    first, second = make.scorer(name="general"), make.scorer(name="own", is_active=False)
    sift = pattern()
    assert scorers.find("own") == second
    assert scorers.find(second.fingerprint[:12].upper()) == second
    assert scorers.find("pattern") == scorers.find("Pattern") == sift
    assert scorers.find("embedding") == first  # the one in use
    scorers.activate(sift)
    assert scorers.find("embedding") == first  # that of the space in use
    pattern("surf")
    scorers.activate(second)
    with pytest.raises(LookupError, match="Several scorers are called pattern"):
        scorers.find("pattern")
    for unknown in ("", "nowhere"):
        with pytest.raises(LookupError):
            scorers.find(unknown)


def test_a_name_goes_before_a_kind() -> None:
    make.scorer(name="general")
    named = make.scorer(name="embedding", is_active=False)
    assert scorers.find("embedding") == named


def test_vectors_are_of_its_own_space_else_of_the_one_in_use() -> None:
    scorer, sift = make.scorer(is_active=False), pattern()
    assert scorer.vectors == scorer.space
    with pytest.raises(LookupError, match="has no embedding space"):
        _ = sift.vectors
    space = make.space()
    assert sift.vectors == space
