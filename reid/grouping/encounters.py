"""Encounters and sightings, from capture times. Pure: whatever identifies a frame or a detection will do."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

Key = TypeVar("Key")
Frame = TypeVar("Frame")


@dataclass(frozen=True, slots=True)
class Mark(Generic[Key]):
    """A detection as grouping sees it.

    `frame` is its photograph; `eligible`: valid and of a deer class; `label` is the import's own name of
    its sighting; `deer` is its identity where a person or an import gave it (never a machine's guess);
    `not_deer` are those that a person has ruled out; `chain` names what `reid.grouping.frame_links` linked it with; `part` is
    that of a sighting which a person has split.
    """

    key: Key
    frame: object
    eligible: bool
    label: str = ""
    deer: object = None
    not_deer: frozenset[object] = frozenset()
    chain: object = None
    part: object = None


@dataclass(frozen=True, slots=True)
class SightingPlan(Generic[Key]):
    """One animal of one encounter: at least one detection."""

    label: str
    keys: tuple[Key, ...]


def encounters(
    frames: Iterable[tuple[datetime, Frame]], *, gap: float, longest: float
) -> Iterator[list[tuple[datetime, Frame]]]:
    """The frames of one camera, in order of time, cut into encounters.

    A frame belongs to the encounter before it when it follows the last frame by at most `gap` seconds and
    the first one by at most `longest` seconds. Streams: holds one encounter at a time.
    Raises ValueError where times go backwards.
    """
    largest_gap, largest_span = timedelta(seconds=gap), timedelta(seconds=longest)
    current: list[tuple[datetime, Frame]] = []
    for time, frame in frames:
        if current:
            if time < current[-1][0]:
                raise ValueError("frames must come in order of time")
            if time - current[-1][0] > largest_gap or time - current[0][0] > largest_span:
                yield current
                current = []
        current.append((time, frame))
    if current:
        yield current


def sightings(marks: Sequence[Mark[Key]]) -> list[SightingPlan[Key]]:
    """The detections of one encounter, told apart into animals; every detection is in one group.

    Detections that bear a label are grouped by it. Of the others, those that are not eligible are each
    by themselves. The eligible ones are one animal where no frame of the encounter holds two eligible
    detections, no two deer are known among them, none was ruled out to be the known one, and nobody has split
    them. Else only the part of a split, a known identity or, where neither is there, a chain joins detections, and
    only where it stands once a frame; the rest are each by themselves: an animal counted twice is an error that
    review can mend, two animals fused into one is evidence spoilt.
    """
    labelled: defaultdict[str, list[Key]] = defaultdict(list)
    loose: list[Mark[Key]] = []
    groups: list[SightingPlan[Key]] = []
    for mark in marks:
        if mark.label:
            labelled[mark.label].append(mark.key)
        elif mark.eligible:
            loose.append(mark)
        else:
            groups.append(SightingPlan("", (mark.key,)))
    groups += [SightingPlan(label, tuple(keys)) for label, keys in labelled.items()]

    a_frame = Counter(mark.frame for mark in marks if mark.eligible)
    known = {mark.deer for mark in loose if mark.deer is not None}
    apart = len(known) > 1 or any(mark.part is not None or known & mark.not_deer for mark in loose)
    if max(a_frame.values(), default=0) <= 1 and not apart:
        return groups + ([SightingPlan("", tuple(mark.key for mark in loose))] if loose else [])

    in_frame = Counter((_joined_by(mark), mark.frame) for mark in loose)
    doubtful = {joint for (joint, _), number in in_frame.items() if number > 1} | {None}
    doubtful |= _at_odds(loose)
    joined: defaultdict[object, list[Key]] = defaultdict(list)
    for mark in loose:
        if (joint := _joined_by(mark)) in doubtful:
            groups.append(SightingPlan("", (mark.key,)))
        else:
            joined[joint].append(mark.key)
    return groups + [SightingPlan("", tuple(keys)) for keys in joined.values()]


def _joined_by(mark: Mark[Key]) -> tuple[str, object] | None:
    """What this detection shares with others of its animal, None where nothing says so."""
    if mark.part is not None:
        return "part", mark.part
    if mark.deer is not None:
        return "deer", mark.deer
    return None if mark.chain is None else ("chain", mark.chain)


def _at_odds(marks: Sequence[Mark[Key]]) -> set[tuple[str, object] | None]:
    """Parts in which two deer have become known since a person said that they are one animal."""
    known: defaultdict[object, set[object]] = defaultdict(set)
    for mark in marks:
        if mark.part is not None and mark.deer is not None:
            known[mark.part].add(mark.deer)
    return {("part", part) for part, deer in known.items() if len(deer) > 1}


def linked(labels: Iterable[tuple[Key, Iterable[str]]]) -> dict[Key, str]:
    """Frames that share a label, directly or through others, get the same word: one of their labels.

    For frames without a time, whose named sightings are all that says what belongs together.
    """
    parent: dict[str, str] = {}

    def root(label: str) -> str:
        while (above := parent.setdefault(label, label)) != label:
            parent[label] = parent[above]  # halve the way for the next search
            label = above
        return label

    first: dict[Key, str] = {}
    for key, names in labels:
        for name in names:
            ours, theirs = sorted((root(first.setdefault(key, name)), root(name)))
            parent[theirs] = ours
    return {key: root(name) for key, name in first.items()}
