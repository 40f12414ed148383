"""Words of these pages: how a decision, a time and what the machine said are told to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reid.models import TAGS, Decision, Image, Operation
from reid.units import SCORE_UNITS
from reid.wording import clock_of

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
_VERBS: Final[dict[str, _StrPromise]] = {
    _Kind.CONFIRM: gettext_lazy("said: this is {deer}"),
    _Kind.ASSIGN: gettext_lazy("said: this is {deer}"),
    _Kind.CERTIFY: gettext_lazy("took it over from a checked batch: {deer}"),
    _Kind.NEW_DEER: gettext_lazy("said: this is a new deer, {deer}"),
    _Kind.KEEP_LABEL: gettext_lazy("looked again and kept the name"),
    _Kind.MERGE: gettext_lazy("merged two deer into {deer}"),
    _Kind.SPLIT: gettext_lazy("split it off: it is another animal"),
    _Kind.ENROL: gettext_lazy("made it a reference of its deer"),
    _Kind.DROP_REFERENCE: gettext_lazy("took it out of the references of its deer"),
    _Kind.SET_FLANK: gettext_lazy("said which side it shows: {flank}"),
    _Kind.GUESS_FLANKS: gettext_lazy("guessed which side it shows: {flank}"),
    _Kind.DRAW_BOX: gettext_lazy("drew a box"),
    _Kind.MOVE_BOX: gettext_lazy("changed a box"),
    _Kind.DELETE_BOX: gettext_lazy("deleted a box"),
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


def said(entry: Entry) -> str:
    """What an operation did to a photograph or its boxes, to be read after the name of who did it."""
    operation, changes = entry.operation, entry.changes
    before, after = changes.get("deer", (None, None))
    match operation.kind:
        case _Kind.IMPORT:
            return _("named it {deer}, by an import").format(deer=after or before)
        case _Kind.RUN:
            text = _("found: this is {deer}") if after else _("took the name {deer} away again")
            return text.format(deer=after or before)
        case _Kind.REJECT:
            return (
                _("said: this is not {deer}").format(deer=before) if before else _("ruled deer out")
            )
        case _Kind.INVALIDATE:
            is_back = changes.get("is_valid", (None, False))[1]
            return _("took a box back") if is_back else _("threw a box out: of no use")
        case _Kind.CORRECT_CLASS:
            return _corrected(entry)
        case _Kind.ANNOTATE:
            return ", ".join(_annotated(entry))
        case _Kind.UNDO:
            return _("undid an earlier decision")
    flank = changes.get("flank", ("", ""))[1] or _("as before")
    verb = _VERBS.get(operation.kind)
    if verb is None:
        return operation.get_kind_display()
    return str(verb).format(deer=after or before or _("the same deer"), flank=flank)


def _corrected(entry: Entry) -> str:
    after = entry.changes.get("corrected_classification", ("", ""))[1]
    if "corrected_classification" not in entry.changes:
        return _("said what it shows")
    name = str(after).replace("_", " ")
    return (
        _("corrected the class: {name}").format(name=name)
        if after
        else _("took the detector's class back")
    )


def _annotated(entry: Entry) -> list[str]:
    texts = []
    for field, (before, after) in entry.changes.items():
        if field == "note":
            texts.append(_("wrote a note") if after else _("took the note away"))
        elif field == "is_favourite":
            texts.append(_("marked it as favourite") if after else _("unmarked it as favourite"))
        elif field == TAGS:
            on = [name for name in after if name not in before]
            off = [name for name in before if name not in after]
            texts += [_("put the tag {tags} on").format(tags=", ".join(on))] if on else []
            texts += [_("took the tag {tags} off").format(tags=", ".join(off))] if off else []
    return texts or [_("changed a note")]
