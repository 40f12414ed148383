"""Events of a package: their observations given to media that have none of their own. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from reid.imaging.capture_time import parse_clock
from reid.importing.rows import Item, Note, Refusal, RefusalReason, Skip
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from reid.importing.tables.table import Line

MANY_ANIMALS: Final = "{count:observation of an event does|observations of one event do} not say which photograph shows which animal: none was taken"
EVENT_COVERED: Final = "observation of an event whose photographs have their own"
EVENT_UNCLEAR: Final = "event of several animals"


def take_events(
    events: list[Line],
    of_media: defaultdict[str, list[Line]],
    media_of: Mapping[str, Sequence[tuple[str, datetime]]],
) -> Iterator[Item]:
    """Give the observations of events to their media where these have none; whatever is not taken is yielded."""
    observed_events = {
        (line.cells.get("deploymentID", ""), line.cells.get("eventID", ""))
        for lines in of_media.values()
        for line in lines
        if line.cells.get("eventID")
    }
    groups: defaultdict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in events:
        columns = ("deploymentID", "eventID", "eventStart", "eventEnd")
        groups[tuple(line.cells.get(name, "") for name in columns)].append(line)
    for (deployment, event, start, end), lines in groups.items():
        media = [
            key for key, moment in media_of.get(deployment, ()) if _is_between(moment, start, end)
        ]
        if (deployment, event) in observed_events or any(of_media[key] for key in media):
            yield from (Skip(EVENT_COVERED) for _ in lines)
        elif len(lines) > 1 or not media:
            number = lines[0].number
            text = MANY_ANIMALS.format(count=Number(len(lines)))
            if media:
                yield Note(EVENT_UNCLEAR, text, number, event)
            else:
                text = "the package has no photograph of this event"
                yield Refusal(number, event, RefusalReason.MISSING, text)
        else:
            for key in media:
                of_media[key] = lines


def read_moment(text: str) -> datetime | None:
    try:
        return parse_clock(text)
    except ValueError:
        return None


def _is_between(moment: datetime, start: str, end: str) -> bool:
    """Whether a medium lies in an event; moments without an offset are compared with their like alone."""
    first, last = read_moment(start), read_moment(end)
    if first is None or last is None:
        return False
    if not (moment.tzinfo is None) == (first.tzinfo is None) == (last.tzinfo is None):
        return False
    return first <= moment <= last
