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

    Attributes
    ----------
    key : hashable
        The detection.
    frame : hashable
        Its photograph.
    eligible : bool
        Whether it is valid and of a deer class.
    label : str
        The import's own name of its sighting; empty where there is none.
    deer : hashable or None
        Its identity where a person or an import gave it, never a machine's guess.
    not_deer : frozenset
        Deer that a person has ruled out.
    chain : hashable or None
        The chain of detections that `reid.grouping.frame_links` linked it with.
    part : hashable or None
        The part of a sighting that a person has split.
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
    """One animal of one encounter.

    Attributes
    ----------
    label : str
        The import's own name of its sighting; empty where there is none.
    keys : tuple
        Its detections, at least one.
    """

    label: str
    keys: tuple[Key, ...]


def encounters(
    frames: Iterable[tuple[datetime, datetime, Frame]], *, gap: float, longest: float
) -> Iterator[list[tuple[datetime, Frame]]]:
    """The frames of one camera, cut into encounters. No video is cut.

    Parameters
    ----------
    frames : iterable of (datetime, datetime, hashable)
        Capture time, time of the last frame of its video, and frame, in order of capture time. A photograph has
        its capture time twice. All times are aware, or all are naive.
    gap : float
        Seconds by which a frame may at most follow what was before it, a video to its last frame.
    longest : float
        Seconds by which it may at most follow the first one of its encounter, but for frames of videos that began in it,
        and what was taken beside those.

    Yields
    ------
    list of (datetime, hashable)
        The frames of one encounter. Only one is held at a time.

    Raises
    ------
    ValueError
        Where times go backwards.

    Examples
    --------
    Frames at 0, 30, 60 and 90 s, with gaps of at most 30 s and at most 60 s an encounter:

    >>> from datetime import datetime
    >>> start = datetime(2025, 10, 1)
    >>> times = [start + timedelta(seconds=s) for s in (0, 30, 60, 90)]
    >>> photographs = [(time, time, time.second + 60 * time.minute) for time in times]
    >>> [[frame for _, frame in part] for part in encounters(photographs, gap=30, longest=60)]
    [[0, 30, 60], [90]]

    The same as frames of one video:

    >>> video = [(time, times[-1], frame) for time, _, frame in photographs]
    >>> [[frame for _, frame in part] for part in encounters(video, gap=1, longest=1)]
    [[0, 30, 60, 90]]
    """
    largest_gap, largest_span = timedelta(seconds=gap), timedelta(seconds=longest)
    current: list[tuple[datetime, Frame]] = []
    until: datetime | None = None
    for time, end, frame in frames:
        if current and until is not None:
            if time < current[-1][0]:
                raise ValueError("frames must come in order of time")
            is_apart = time - until > largest_gap or time - current[0][0] > largest_span
            if is_apart and time > until:
                yield current
                current, until = [], None
        current.append((time, frame))
        until = end if until is None else max(until, end)
    if current:
        yield current


def sightings(marks: Sequence[Mark[Key]]) -> list[SightingPlan[Key]]:
    """The detections of one encounter, separated into animals.

    Detections that bear a label are grouped by it. Of the others, those that are not eligible are each
    by themselves. The eligible ones are one animal where no frame of the encounter holds two eligible
    detections, no two deer are known among them, none was ruled out to be the known one, and nobody has split
    them. Else only the part of a split, a known identity or, where neither is there, a chain joins detections, and
    only where it stands once a frame; the rest are each by themselves: an animal counted twice is an error that
    review can mend, two animals fused into one is evidence spoilt.

    Parameters
    ----------
    marks : sequence of Mark
        Detections of one encounter.

    Returns
    -------
    list of SightingPlan
        Every detection is in exactly one.

    Examples
    --------
    One deer a frame is one animal; two on one frame are two, and then the third is by itself too:

    >>> [group.keys for group in sightings([Mark("a", 1, True), Mark("b", 2, True)])]
    [('a', 'b')]
    >>> marks = [Mark("a", 1, True), Mark("b", 1, True), Mark("c", 2, True)]
    >>> [group.keys for group in sightings(marks)]
    [('a',), ('b',), ('c',)]
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
    """Groups of frames that share a label, directly or through others.

    For frames without a time, whose named sightings are all that shows what belongs together.

    Parameters
    ----------
    labels : iterable of (hashable, iterable of str)
        Each frame with the labels of its sightings.

    Returns
    -------
    dict
        Frame to the name of its group, which is one of its labels; frames without a label are left out.

    Examples
    --------
    The second frame joins the first and the third:

    >>> linked([(1, ["x"]), (2, ["x", "y"]), (3, ["y"]), (4, ["z"])])
    {1: 'x', 2: 'x', 3: 'x', 4: 'z'}
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
