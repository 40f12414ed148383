"""Events of a package: their observations given to media that have none of their own. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from reid.imaging.capture_time import parse_clock
from reid.importing.rows import Item, Note, Refusal, RefusalReason, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

MANY_ANIMALS: Final = "{count} observations of one event do not say which photograph shows which animal: none was taken"
EVENT_COVERED: Final = "observation of an event whose photographs have their own"
EVENT_UNCLEAR: Final = "event of several animals"

Numbered = tuple[int, dict[str, str]]
"""A line of a table, and its number."""


def take_events(
    events: list[Numbered],
    of_media: defaultdict[str, list[Numbered]],
    media_of: Mapping[str, Sequence[tuple[str, datetime]]],
) -> Iterator[Item]:
    """Give the observations of events to their media where these have none; whatever is not taken is yielded."""
    observed_events = {
        (cells.get("deploymentID", ""), cells.get("eventID", ""))
        for rows in of_media.values()
        for _, cells in rows
        if cells.get("eventID")
    }
    groups: defaultdict[tuple[str, ...], list[Numbered]] = defaultdict(list)
    for line, cells in events:
        columns = ("deploymentID", "eventID", "eventStart", "eventEnd")
        groups[tuple(cells.get(name, "") for name in columns)].append((line, cells))
    for (deployment, event, start, end), rows in groups.items():
        media = [
            key for key, moment in media_of.get(deployment, ()) if _is_between(moment, start, end)
        ]
        if (deployment, event) in observed_events or any(of_media[key] for key in media):
            yield from (Skip(EVENT_COVERED) for _ in rows)
        elif len(rows) > 1 or not media:
            line = rows[0][0]
            text = MANY_ANIMALS.format(count=len(rows))
            if media:
                yield Note(EVENT_UNCLEAR, text, line, event)
            else:
                text = "the package has no photograph of this event"
                yield Refusal(line, event, RefusalReason.MISSING, text)
        else:
            for key in media:
                of_media[key] = rows


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
