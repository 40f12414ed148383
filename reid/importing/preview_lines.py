"""Lines of a preview: what an import understood, in words for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.importing.preview import MOST_NAMES
from reid.wording import agreeing, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reid.importing.preview import Preview, Status


def lines(preview: Preview, *, shown: int = 20) -> list[str]:
    """Of each kind the first `shown`."""
    text = [f"Cameras: {len(preview.cameras):,}"]
    text += [
        f"  {item.name} ({_state(item.status, item.alike)}): {counted(item.photographs, 'photograph')}"
        + (f", {item.first} to {item.last}" if item.first else ", without a time")
        for item in preview.cameras[:shown]
    ]
    text += _rest(preview.cameras, shown, preview.more.get("cameras", 0))
    text.append(f"Deer: {len(preview.deer):,}")
    text += [
        f"  {item.name} ({_state(item.status, item.alike)}): {counted(item.detections, 'detection')}, "
        f"{item.references:,} enrolled as {agreeing(item.references, 'reference', 'references')}"
        for item in preview.deer[:shown]
    ]
    text += _rest(preview.deer, shown, preview.more.get("deer", 0))
    text.append(f"Words for classes: {len(preview.words):,}")
    text += [
        f"  {item.word or '(none)'} -> {item.classification}: {counted(item.detections, 'detection')}"
        for item in preview.words[:shown]
    ]
    return text + _rest(preview.words, shown, preview.more.get("words", 0))


def _state(status: Status, alike: tuple[str, ...]) -> str:
    return f"{status}, much alike: {', '.join(alike)}" if alike else status


def _rest(items: Sequence[object], shown: int, more: int) -> list[str]:
    text = [f"  and {len(items) - shown:,} more"] if len(items) > shown else []
    return text + (
        [f"  and {counted(more, 'row')} with names beyond the first {MOST_NAMES:,}"] * bool(more)
    )
