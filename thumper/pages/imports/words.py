"""Words of the pages of imports: states, reasons, counts and columns as somebody says them who owns cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from reid.importing.formats.detectors.entries import BELOW_CONFIDENCE
from reid.models import Import, ImportRequest
from thumper.pages.imports.hints import on_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

STATES: Final = {
    ImportRequest.State.OPEN: later("being prepared"),
    ImportRequest.State.CHECKING: later("being looked at"),
    ImportRequest.State.IMPORTING: later("coming in"),
    ImportRequest.State.DETECTING: later("animals are being found"),
    ImportRequest.State.IDENTIFYING: later("deer are being told apart"),
    ImportRequest.State.DONE: later("done"),
    ImportRequest.State.FAILED: later("stopped by a problem"),
    ImportRequest.State.CANCELLED: later("cancelled"),
}
RECORD_STATES: Final = {
    Import.State.RUNNING: later("running"),
    Import.State.COMPLETED: later("done"),
    Import.State.FAILED: later("stopped"),
    Import.State.UNDONE: later("undone"),
}
FIELDS: Final[dict[str, _StrPromise]] = {
    "path": later("Name of the photograph's file"),
    "captured_at": later("Date and time together"),
    "date": later("Date alone"),
    "time": later("Time alone"),
    "camera": later("Camera or place"),
    "deer": later("Name of the deer"),
    "classification": later("Kind of animal"),
    "confidence": later("How sure the detector is"),
    "sighting": later("Number of the visit"),
    "flank": later("Side that is seen"),
    "x": later("Left edge of the box"),
    "y": later("Upper edge of the box"),
    "width": later("Width of the box"),
    "height": later("Height of the box"),
}
"""What a column of a table can be, in the order in which people look for it."""
REASONS: Final[dict[str, _StrPromise]] = {
    BELOW_CONFIDENCE: later("boxes of which the detector was not sure enough"),
    "video": later("boxes of videos whose frames are not here"),
}
"""Reasons for which something is left out, where an importer's own word says it in terms of its command."""


def counts(document: Mapping[str, Any]) -> list[tuple[int, str]]:
    """What an import brought or would bring: numbers with their words; zeros are left out."""
    number = document.get
    entries = [
        (number("images", 0), ngettext("new photograph", "new photographs", number("images", 0))),
        (
            number("detections", 0),
            ngettext("animal in a box", "animals in boxes", number("detections", 0)),
        ),
        (
            number("empty", 0),
            ngettext("photograph without a box", "photographs without a box", number("empty", 0)),
        ),
        (number("cameras", 0), ngettext("new camera", "new cameras", number("cameras", 0))),
        (number("deer", 0), ngettext("new deer", "new deer", number("deer", 0))),
        (
            number("updated", 0),
            ngettext(
                "known animal with something new",
                "known animals with something new",
                number("updated", 0),
            ),
        ),
        (
            number("untimed", 0),
            ngettext(
                "photograph without a time", "photographs without a time", number("untimed", 0)
            ),
        ),
    ]
    return [entry for entry in entries if entry[0]]


def left_out(document: Mapping[str, Any]) -> list[tuple[int, str]]:
    """What an import did not take, by reason, the most frequent first."""
    reasons = {**document.get("skipped", {}), **document.get("refused", {})}
    return sorted(
        ((count, str(REASONS.get(reason) or on_page(reason))) for reason, count in reasons.items()),
        key=lambda entry: -entry[0],
    )
