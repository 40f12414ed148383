"""Season of the sample herd as a plan: who stands before which camera, when, and how.

Everything is drawn from the seed, so that the same season can be planned again at any time. The pictures
do not depend on the dates: those only move with the last day. Pure.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from reid.taxonomy import Classification, Sex
from thumper.herd.animals import POSES
from thumper.herd.coats import Look, look
from thumper.herd.sites import SITES, Site

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

BUCKS: Final = ("Atlas", "Bramble", "Cactus Jack", "Domino", "Ember", "Flint", "Gale", "Hickory", "Ironwood", "Juniper")  # fmt: skip
DOES: Final = ("Acacia", "Blossom", "Clover", "Dahlia", "Echo", "Fern", "Ginger", "Hazel", "Ivy")
FAWNS: Final = ("Acorn", "Button", "Cricket", "Dapple", "Elf")
MOST_DEER: Final = len(BUCKS) + len(DOES) + len(FAWNS)
QUIRKS: Final = {5: "turned", 23: "turned", 41: "distant", 77: "turned", 131: "distant"}
"""Frames, by their number, that are stored with an EXIF turn, or show an animal very far away."""

_HOURS: Final = (
    (6, 12), (7, 16), (8, 9), (9, 4), (12, 1), (15, 3), (16, 6), (17, 12), (18, 14), (19, 7),
    (20, 4), (21, 3), (22, 2), (0, 1), (2, 1), (4, 2), (5, 3),
)  # fmt: skip
"""Hour of day and how likely an animal comes then: most at dusk and dawn."""


@dataclass(frozen=True, slots=True)
class SampleDeer:
    """One deer of the herd. `is_known`: a part of its encounters is imported with its name."""

    name: str
    look: Look
    is_known: bool


@dataclass(frozen=True, slots=True)
class Animal:
    """One animal on one frame; x and y are where it stands, in fractions of the picture."""

    sighting: str
    deer: SampleDeer | None
    classification: Classification
    flank: str
    pose: str
    x: float
    y: float
    size: float  # shoulder height in pixels
    tilt: float  # degrees
    confidence: float
    is_named: bool  # the import says who it is


@dataclass(frozen=True, slots=True)
class SampleFrame:
    """One photograph to be taken."""

    number: int
    path: str
    site: Site
    captured_at: datetime
    light: str
    animals: tuple[Animal, ...]
    quirk: str


def herd(seed: int, count: int = MOST_DEER) -> list[SampleDeer]:
    """The first `count` deer; bucks, does and fawns take turns, and two of three become known.

    Raises ValueError where there are no names for so many, or no deer at all.
    """
    if not 1 <= count <= MOST_DEER:
        raise ValueError(f"the sample herd has 1 to {MOST_DEER} deer, not {count}")
    kinds = ((Sex.BUCK, BUCKS), (Sex.DOE, DOES), (Sex.FAWN, FAWNS))
    ranked = sorted(
        (i / len(names), name, sex) for sex, names in kinds for i, name in enumerate(names)
    )
    return [
        SampleDeer(name=name, look=look(sex, number, seed), is_known=number % 3 != 2)
        for number, (_, name, sex) in enumerate(ranked[:count])
    ]


def plan(seed: int, deer: int, days: int, last_day: date, zone: ZoneInfo) -> list[SampleFrame]:
    """All frames of a season of `days` days that ends on `last_day`, day by day."""
    chance = random.Random(f"{seed} season")
    members = herd(seed, deer)
    meetings = _meetings(chance, members)
    slots = _slots(chance, days, len(meetings))
    frames: list[SampleFrame] = []
    appearances = dict.fromkeys((member.name for member in members), 0)
    for number, (slot, meeting) in enumerate(zip(slots, meetings, strict=True)):
        # A slot is one camera's quarter of a day: no two encounters of a camera come near each other.
        day, quarter = divmod(slot // len(SITES), 4)
        site = SITES[slot % len(SITES)]
        first_day = last_day - timedelta(days=days - 1)
        start = datetime.combine(
            first_day + timedelta(days=day), _time_of(chance, quarter), tzinfo=zone
        )
        named_deer = set()
        for member in meeting:
            if isinstance(member, SampleDeer):
                appearances[member.name] += 1
                if member.is_known and appearances[member.name] % 2:
                    named_deer.add(member.name)
        frames += _burst(chance, f"e{number:03}", site, start, meeting, named_deer, len(frames))
    return frames


def _meetings(
    chance: random.Random, members: list[SampleDeer]
) -> list[tuple[SampleDeer | Classification, ...]]:
    """Who comes before a camera together, one entry an encounter, in order of time."""
    meetings: list[tuple[SampleDeer | Classification, ...]] = []
    for i, member in enumerate(members):
        for visit in range(chance.randint(4, 6)):
            company = members[(i + 1 + visit) % len(members)]
            pair = visit == 0 and company is not member
            meetings.append((member, company) if pair else (member,))
    for _ in range(max(1, len(members) // 12)):
        meetings.append(tuple(chance.sample(members, k=min(3, len(members)))))
    strangers = (
        [Classification.RACCOON] * 4 + [Classification.CATTLE] * 3 + [Classification.PERSON] * 2
    )
    meetings += [(kind,) for kind in strangers[: max(2, len(members) * 9 // MOST_DEER)]]
    chance.shuffle(meetings)
    return meetings


def _slots(chance: random.Random, days: int, count: int) -> list[int]:
    """`count` different quarters of a day of one camera, the busy quarters likelier; sorted."""
    busy = [sum(weight for hour, weight in _HOURS if hour // 6 == quarter) for quarter in range(4)]
    # Weighted draw without replacement: the largest of u^(1/weight) (Efraimidis and Spirakis, 2006).
    keys = {
        slot: chance.random() ** (1 / busy[slot // len(SITES) % 4])
        for slot in range(days * 4 * len(SITES))
    }
    return sorted(sorted(keys, key=lambda slot: keys[slot])[-count:])


def _time_of(chance: random.Random, quarter: int) -> time:
    """A time in this quarter of the day, likelier at dusk and dawn, an hour from the next quarter."""
    hours = [(hour, weight) for hour, weight in _HOURS if hour // 6 == quarter]
    (hour,) = chance.choices([hour for hour, _ in hours], [weight for _, weight in hours])
    return time(
        hour, chance.randrange(60) if hour % 6 != 5 else chance.randrange(45), chance.randrange(60)
    )


def _light(chance: random.Random, hour: int) -> str:
    if hour < 6 or hour >= 19:
        return "night"
    if hour in (6, 18):
        return "dawn"
    return "overcast" if chance.random() < 0.3 else "day"


def _burst(
    chance: random.Random,
    encounter: str,
    site: Site,
    start: datetime,
    meeting: tuple[SampleDeer | Classification, ...],
    named_deer: set[str],
    first_number: int,
) -> list[SampleFrame]:
    """The two to four frames of one encounter: the same animals, a step further each time."""
    light = _light(chance, start.hour)
    flanks = [chance.choice(("left", "right")) for _ in meeting]
    lanes = [0.5] if len(meeting) == 1 else [(i + 0.5) / len(meeting) for i in range(len(meeting))]
    chance.shuffle(lanes)
    depths = [chance.uniform(0.7, 0.9) for _ in meeting]
    frames = []
    moment = start
    count = chance.randint(2, 4) if isinstance(meeting[0], SampleDeer) else 2
    for step in range(count):
        number = first_number + step
        quirk = QUIRKS.get(number, "")
        animals = tuple(
            _animal(chance, f"{encounter}-{i + 1}", who, flanks[i], lanes[i], depths[i], len(meeting), step, named_deer, quirk)
            for i, who in enumerate(meeting)
        )  # fmt: skip
        frames.append(
            SampleFrame(
                number,
                f"{site.name}/{encounter}-{step + 1}.jpg",
                site,
                moment,
                light,
                animals,
                quirk,
            )
        )
        moment += timedelta(seconds=chance.randint(3, 40))
    return frames


def _animal(
    chance: random.Random,
    sighting: str,
    who: SampleDeer | Classification,
    flank: str,
    lane: float,
    depth: float,
    company: int,
    step: int,
    named_deer: set[str],
    quirk: str,
) -> Animal:
    forward = 1 if flank == "right" else -1
    room = 0.16 / company
    size = 40 + (depth - 0.6) * 560
    y = depth + chance.uniform(-0.008, 0.008)
    if quirk == "distant":
        size, y = 34.0, 0.56
    if isinstance(who, SampleDeer):
        kind = Classification(who.look.sex.value)
        size *= who.look.size
        doubt = chance.random()
        if doubt < 0.06:
            kind = Classification.UNKNOWN_DEER
        elif doubt < 0.08:
            kind = Classification.ANIMAL
    else:
        kind = who
        size *= {Classification.RACCOON: 0.45, Classification.PERSON: 0.85}.get(who, 1.1)
    return Animal(
        sighting=sighting,
        deer=who if isinstance(who, SampleDeer) else None,
        classification=kind,
        flank=flank,
        pose=chance.choice(tuple(POSES)),
        x=lane + chance.uniform(-room, room) + forward * 0.03 * (step - 1),
        y=y,
        size=size,
        tilt=chance.uniform(-2.5, 2.5),
        confidence=round(chance.uniform(0.72, 0.99), 3),
        is_named=isinstance(who, SampleDeer) and who.name in named_deer,
    )
