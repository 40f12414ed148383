"""Guessed flanks in the store: made where no flank is known, marked as guesses, undone as one operation.

A guess never overwrites a person's word or an import's, and never touches a reference: no gallery changes
by it. Guesses belong to the embedding space that they were made in; in another one they are made anew, or
taken back where that space does not see flanks well enough.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reid.embedding.vectors import vectors_of
from reid.flanks.classifier import (
    NEEDED,
    TOO_WEAK,
    FlankAccuracy,
    Model,
    TooFewFlanks,
    learnable,
    measure,
)
from reid.grouping.locks import hold_off
from reid.models import Detection, EventLog, Operation, ReidRun, Scorer

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User

    from reid.models import DetectionQuerySet, EmbeddingSpace

LEARNED_FROM: Final = 4000
"""Known photographs that are learned from, at most: the latest. Bounds the memory to some 100 MB."""
_BATCH: Final = 500

_FLANK = Detection.Flank
_SOURCE = Detection.FlankSource


@dataclass(frozen=True, slots=True)
class GuessResult:
    """Result of guessing. `measured` is None and `reason` says why where nothing could be learned; `reason` is
    also set where what was learned does not suffice. It was measured on photographs of `deer` deer, and of
    `encounters` in which a deer has no name. `guesses` stand now, `changed` of them and of those
    taken back are new; `operation` is None where nothing changed, and in a rehearsal.
    """

    measured: FlankAccuracy | None
    deer: int
    encounters: int
    reason: str
    looked_at: int
    guesses: int
    changed: int
    operation: Operation | None


def guess(
    space: EmbeddingSpace, *, actor: User | None = None, rehearse: bool = False
) -> GuessResult:
    """Guess every unknown flank of detections that are embedded in `space`; a rehearsal writes nothing."""
    model, measured, reason, known = _learn(space)
    deer = {owner for owner, _ in known if owner}
    encounters = {encounter for owner, encounter in known if not owner}
    candidates = open_to_guesses().embedded_in(space)
    guesses: dict[UUID, str] = {}
    keys = list(candidates.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys) if model else 0, _BATCH):
        rows = vectors_of(Detection.objects.filter(pk__in=keys[start : start + _BATCH]), space)
        if model and rows:
            flanks = model.guess(np.stack(list(rows.values())))
            pairs = zip(rows, flanks, strict=True)
            guesses |= {key: flank for key, flank in pairs if flank != _FLANK.UNKNOWN}
    with transaction.atomic():
        changed, operation = _write(guesses, space, measured, actor)
        if rehearse:
            transaction.set_rollback(True)
    written_operation = None if rehearse else operation
    return GuessResult(
        measured=measured,
        deer=len(deer),
        encounters=len(encounters),
        reason=reason,
        looked_at=len(keys),
        guesses=len(guesses),
        changed=changed,
        operation=written_operation,
    )


def guess_again(space: EmbeddingSpace) -> GuessResult | None:
    """Where guesses stand that were made in another space, make them in this one; else None.

    Waits until everything that bears a guess is embedded in the new space.
    """
    standing = open_to_guesses().filter(flank_source=_SOURCE.GUESSED)
    if not standing.exists():
        return None
    runs = ReidRun.objects.filter(kind=ReidRun.Kind.FLANKS).order_by("-started_at")
    last = runs.values_list("scorer__space", flat=True).first()
    if last == space.pk or standing.without_embedding_in(space).exists():
        return None
    return guess(space)


def open_to_guesses() -> DetectionQuerySet:
    """Deer whose flank is unknown or guessed, and that are no references."""
    return Detection.objects.identifiable().filter(
        flank_source__in=[_SOURCE.NONE, _SOURCE.GUESSED], is_reference=False
    )


_Subjects = list[tuple["UUID | None", "UUID | None"]]


def _learn(space: EmbeddingSpace) -> tuple[Model | None, FlankAccuracy | None, str, _Subjects]:
    """The model, where it suffices, what was measured, why there is no model, and whom the photographs show.

    That is each one's deer and encounter.
    """
    known = (
        Detection.objects.identifiable()
        .embedded_in(space)
        .filter(flank_source__in=[_SOURCE.IMPORTED, _SOURCE.REVIEWED])
        .exclude(flank=_FLANK.UNKNOWN)
    )
    rows = list(
        known.order_by(F("image__captured_at").desc(nulls_last=True), "pk").values_list(
            "pk", "flank", "deer", "image__encounter"
        )[:LEARNED_FROM]
    )
    # A deer is one group wherever it was seen; a nameless one is at least the same within its encounter.
    try:
        names = learnable([row[1] for row in rows], [row[2] or row[3] for row in rows])
    except TooFewFlanks as error:
        return None, None, str(error), []
    rows = [row for row in rows if row[1] in names]
    of = vectors_of(Detection.objects.filter(pk__in=[row[0] for row in rows]), space)
    vectors = np.stack([of[row[0]] for row in rows])
    flanks = [row[1] for row in rows]
    subjects: _Subjects = [(row[2], row[3]) for row in rows]
    measured = measure(vectors, flanks, [row[2] or row[3] for row in rows])
    if not measured.suffices:
        accuracy = measured.balanced_accuracy
        return None, measured, TOO_WEAK.format(accuracy=accuracy, needed=NEEDED), subjects
    return Model.fit(vectors, flanks), measured, "", subjects


def _write(
    guesses: dict[UUID, str],
    space: EmbeddingSpace,
    measured: FlankAccuracy | None,
    actor: User | None,
) -> tuple[int, Operation | None]:
    """Make the guesses stand, and no others; how many detections changed, and the operation."""
    hold_off()
    rows = open_to_guesses().select_for_update(of=("self",)).order_by("pk")
    changes: defaultdict[str, list[tuple[UUID, str, str]]] = defaultdict(list)
    for key, flank, source in rows.values_list("pk", "flank", "flank_source"):
        after = guesses.get(key, _FLANK.UNKNOWN.value)
        if flank != after:
            changes[after].append((key, flank, source))
    run = ReidRun.objects.create(
        kind=ReidRun.Kind.FLANKS,
        scorer=Scorer.objects.of(space),
        state=ReidRun.State.COMPLETED,
        started_at=timezone.now(),
        finished_at=timezone.now(),
        counts={"guesses": len(guesses)} | (asdict(measured) if measured else {}),
    )
    if not changes:
        return 0, None
    operation = Operation.objects.create(kind=Operation.Kind.GUESS_FLANKS, actor=actor, run=run)
    for after, entries in changes.items():
        source = _SOURCE.NONE if after == _FLANK.UNKNOWN else _SOURCE.GUESSED
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            _write_batch(batch, after, source.value, operation)
    return sum(map(len, changes.values())), operation


def _write_batch(
    batch: list[tuple[UUID, str, str]], flank: str, source: str, operation: Operation
) -> None:
    Detection.objects.filter(pk__in=[key for key, _, _ in batch]).update(
        flank=flank, flank_source=source, scores_stale=True, version=F("version") + 1
    )
    events = EventLog()
    after = {"flank": flank, "flank_source": source}
    for key, flank_before, source_before in batch:
        events.note_changes(key, {"flank": flank_before, "flank_source": source_before}, after)
    events.write(operation)
