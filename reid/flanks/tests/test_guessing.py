"""Guessed flanks in the store: what they change, what they never touch, and how they go again."""

from __future__ import annotations

from io import StringIO
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.core.management import call_command

from reid import jobs, reviewing
from reid.embedding import spaces
from reid.flanks import classifier, guessing
from reid.models import Detection, EmbeddingSpace, Operation, ReidRun, Scorer
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, sighting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        classifier, "PENALTY", 0.001
    )  # vectors here have four numbers, not a thousand
    monkeypatch.setattr(classifier, "LEAST", 6)
    monkeypatch.setattr(classifier, "LEAST_DEER", 6)


def detection_of(space: EmbeddingSpace, way: float, **fields: Any) -> Detection:
    row = sighting(**fields).detections.get()
    noise = np.random.default_rng(Detection.objects.count()).normal(size=3) * 0.1
    make.embedding(row, space, way, *noise)
    return row


@pytest.fixture
def space() -> EmbeddingSpace:
    """Six deer with a known left and right flank, which the first number tells."""
    space = make.space()
    for number in range(6):
        deer = make.deer(pk=UUID(int=number))  # ids deal the deer to folds: always the same ones
        detection_of(space, 1, deer=deer, flank="left")
        detection_of(space, -1, deer=deer, flank="right")
    return space


def flank_of(row: Detection) -> tuple[str, str]:
    row.refresh_from_db()
    return row.flank, row.flank_source


def test_what_nobody_told_is_guessed_and_marked(space: EmbeddingSpace) -> None:
    left, right, between = detection_of(space, 1), detection_of(space, -1), detection_of(space, 0)
    done = guessing.guess(space, actor=reviewer())
    assert (flank_of(left), flank_of(right)) == (("left", "guessed"), ("right", "guessed"))
    assert flank_of(between) == ("unknown", "none")
    assert (done.looked_at, done.guesses, done.changed, done.reason) == (3, 2, 2, "")
    assert done.measured is not None
    assert done.measured.balanced_accuracy == 1.0
    assert (left.scores_stale, left.version, between.scores_stale) == (True, 1, False)
    operation, run = Operation.objects.get(), ReidRun.objects.get()
    assert (operation.kind, operation.run, run.scorer) == (
        "guess_flanks",
        run,
        Scorer.objects.of(space),
    )
    assert run.counts["right"] == 12


def test_it_never_overwrites_a_word_and_never_touches_a_reference(space: EmbeddingSpace) -> None:
    rows = [
        detection_of(space, 1, flank="right"),
        detection_of(space, 1, flank="right", flank_source="reviewed"),
        detection_of(space, 1, flank_source="reviewed"),  # a person found that it cannot be seen
        detection_of(space, 1, deer=make.deer(), is_reference=True),
        detection_of(space, 1, classification="cattle"),
        detection_of(space, 1, is_valid=False),
    ]
    before = everything()
    done = guessing.guess(space, actor=reviewer())
    assert (done.looked_at, done.operation) == (0, None)
    assert everything() == before
    assert {row.version for row in rows} == {0}


def test_it_is_undone_as_one_and_repeating_it_changes_nothing(space: EmbeddingSpace) -> None:
    for way in (1, -1, 1):
        detection_of(space, way)
    before = everything()
    done = guessing.guess(space, actor=reviewer())
    assert guessing.guess(space, actor=reviewer()).operation is None
    assert done.operation is not None
    reviewing.undo(operation=done.operation.pk, actor=reviewer())
    assert everything() == before
    assert not Detection.objects.filter(flank_source="guessed").exists()


def test_a_rehearsal_writes_nothing(space: EmbeddingSpace) -> None:
    row = detection_of(space, 1)
    done = guessing.guess(space, actor=reviewer(), rehearse=True)
    assert (done.changed, done.operation) == (1, None)
    assert flank_of(row) == ("unknown", "none")
    assert not Operation.objects.exists()
    assert not ReidRun.objects.exists()


def test_another_space_guesses_anew_and_takes_back_what_it_cannot_see(
    space: EmbeddingSpace,
) -> None:
    row = detection_of(space, 1)
    assert guessing.guess_again(space) is None  # nothing is guessed yet
    guessing.guess(space, actor=reviewer())
    assert guessing.guess_again(space) is None
    blind = make.space(is_active=False)
    assert guessing.guess_again(blind) is None  # not embedded there yet
    for number, item in enumerate(Detection.objects.order_by("pk")):
        vector = np.random.default_rng(number).normal(size=4)
        make.embedding(item, blind, *vector)
    spaces.activate(blind)
    Operation.objects.update(created_at=make.NOON)  # reviewers pause
    jobs.rescore()
    assert flank_of(row) == ("unknown", "none")
    assert row.scores_stale
    last = Operation.objects.order_by("created_at").last()
    assert last is not None
    assert (last.actor, last.run and last.run.scorer) == (None, Scorer.objects.of(blind))


def output_of(*arguments: str) -> str:
    out = StringIO()
    call_command("guess_flanks", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_how_well_it_works_before_anything_is_written(
    space: EmbeddingSpace,
) -> None:
    row = detection_of(space, 1)
    text = output_of("--dry-run")
    assert "12 of 12 photographs of 6 deer guessed, 12 rightly, balanced accuracy 100.0%" in text
    assert "1 of 1 unknown flanks would be guessed, 1 changed." in text
    assert flank_of(row)[1] == "none"
    text = output_of()
    assert "1 of 1 unknown flanks are guessed" in text
    assert str(Operation.objects.get().pk) in text


def test_the_command_counts_deer_and_not_the_encounters_of_nameless_ones(
    space: EmbeddingSpace,
) -> None:
    for way, flank in ((1, "left"), (-1, "right"), (-1, "right")):
        detection_of(space, way, flank=flank)
    of = "15 of 15 photographs of 6 deer and of 3 encounters without a name guessed"
    assert of in output_of("--dry-run")


def test_the_command_says_what_is_missing() -> None:
    space = make.space()
    detection_of(space, 1)
    assert classifier.TOO_FEW in output_of()
    assert not Operation.objects.exists()
