"""Words of these pages: how a decision, a time and what the machine said are told to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reid.models import Decision, Image, Operation
from reid.taxonomy import CHOICES
from reid.units import SCORE_UNITS
from reid.wording import clock_of
from thumper.pages.text_filters import side

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from reid.browsing.history import Entry

_Kind = Operation.Kind

CLOCKS: Final[dict[str, _StrPromise]] = {
    Image.TimeSource.COLUMN: gettext_lazy("as the imported table says"),
    Image.TimeSource.ORIGINAL: gettext_lazy("by the camera's clock"),
    Image.TimeSource.DIGITIZED: gettext_lazy("by the camera's clock (time of digitizing)"),
    Image.TimeSource.MODIFIED: gettext_lazy("by the file's own note of its last change"),
    Image.TimeSource.MAKER: gettext_lazy("by the camera maker's own note"),
    Image.TimeSource.PATTERN: gettext_lazy("as the file's name says"),
    Image.TimeSource.VIDEO: gettext_lazy("by the camera's clock, as the video says"),
    Image.TimeSource.FILE: gettext_lazy(
        "by the video's file: when it was last written. The camera wrote no time into it."
    ),
    Image.TimeSource.CORRECTED: gettext_lazy("by the camera's clock, corrected by a person"),
}
CLOCK_PROBLEMS: Final[dict[str, _StrPromise]] = {
    Image.ClockProblem.NOT_DEPLOYED: gettext_lazy(
        "The camera was not out on this day: its clock may be wrong."
    ),
    Image.ClockProblem.FUTURE: gettext_lazy("This time lies in the future: the clock is wrong."),
    Image.ClockProblem.FACTORY: gettext_lazy(
        "This is the time that a camera shows when its batteries were changed."
    ),
}
FRAME: Final = gettext_lazy("Frame {number} of {video} at {at}")
_OUTCOMES: Final[dict[str, _StrPromise]] = {
    Decision.Outcome.ASSIGNED: gettext_lazy("The machine gave it the name {deer}."),
    Decision.Outcome.BELOW_THRESHOLD: gettext_lazy(
        "The machine gave it no name: no deer is alike enough."
    ),
    Decision.Outcome.RANKED: gettext_lazy(
        "The machine gives no names yet: no threshold is approved. It only says which deer are most alike."
    ),
    Decision.Outcome.FRAME_CONFLICT: gettext_lazy(
        "The machine gave it no name: another animal on the photograph is more like that deer."
    ),
    Decision.Outcome.UNBOUNDED: gettext_lazy(
        "The machine left it to a person: it cannot tell well enough whether such animals are strangers."
    ),
    Decision.Outcome.NO_REFERENCE: gettext_lazy(
        "The machine had nothing to compare it with: name some deer first."
    ),
    Decision.Outcome.NO_ELIGIBLE: gettext_lazy(
        "The machine gave it no name: every deer is of the other sex, or did not live then."
    ),
    Decision.Outcome.NO_EMBEDDING: gettext_lazy(
        "The machine could not look at it: the box is too small or the file cannot be read."
    ),
    Decision.Outcome.REVIEWED: gettext_lazy("Its name was known already when the machine came."),
    Decision.Outcome.CERTIFIED: gettext_lazy(
        "Its name is one of a batch that a person has checked by samples."
    ),
}


def frame(image: Image) -> str:
    """Where in its video a frame is, such as `Frame 110 of CLIP.MP4 at 0:11`; empty for a photograph."""
    if image.video is None or image.frame_seconds is None:
        return ""
    name = image.video.path.rpartition("/")[2]
    at = clock_of(image.frame_seconds)
    return str(FRAME).format(number=image.frame_number, video=name, at=at)


def decided(decision: Decision | None) -> str:
    """What the machine last said of a sighting."""
    if decision is None:
        return _("The machine has not looked at it yet.")
    sentence = str(_OUTCOMES[decision.outcome]).format(deer=decision.deer)
    if decision.score is None or decision.threshold is None:
        return sentence
    score, least = decision.score / SCORE_UNITS, decision.threshold / SCORE_UNITS
    figures = _("Best score over the visit {score:.2f}; {least:.2f} was asked for.").format(
        score=score, least=least
    )
    return f"{sentence} {figures}"


def lines(entry: Entry) -> tuple[str, ...]:
    """What an operation did to a photograph or its boxes, beside what kind of act it was."""
    return tuple(text for field in entry.changes for text in _line(entry, field))


def _line(entry: Entry, field: str) -> list[str]:
    """How one changed field is said; nothing of those that only follow from others."""
    before, after = entry.changes[field]
    match field:
        case "deer":
            text = _("this is {deer}") if after else _("this is not {deer}")
            return [text.format(deer=after or before)]
        case "flank":
            return [side(after)]
        case "corrected_classification":
            name = dict(CHOICES).get(after, "")
            return [_("class: {name}").format(name=name) if after else _("the detector's class")]
        case "is_valid" if entry.operation.kind in (_Kind.INVALIDATE, _Kind.UNDO):
            return [_("the box counts again") if after else _("the box is thrown out")]
        case "camera":
            words = {"before": before or _("no camera"), "after": after or _("no camera")}
            return [_("from {before} to {after}").format(**words)]
        case "note":
            return [_("note written") if after else _("note taken away")]
        case "is_favourite":
            return [_("a favourite") if after else _("no favourite any more")]
        case "tags":
            on = [name for name in after if name not in before]
            off = [name for name in before if name not in after]
            texts = [_("tag put on: {tags}").format(tags=", ".join(on))] if on else []
            return texts + ([_("tag taken off: {tags}").format(tags=", ".join(off))] if off else [])
    return []
