"""Keys of the review: the usual one of each action, which a person may change or switch off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

ACTIONS: Final[dict[str, _StrPromise]] = {
    "name": _("another or new deer"),
    "reject": _("none of these"),
    "invalidate": _("invalid: no usable picture of a deer"),
    "other": _("no deer: another animal"),
    "mark": _("mark a picture: another animal"),
    "part": _("make the marked pictures a sighting of their own"),
    "why": _("why: where the coats agree"),
    "zoom": _("zoom"),
    "skip": _("skip"),
    "undo": _("undo"),
    "groups": _("groups that may be new deer"),
    "front": _("flank: front"),
    "rear": _("flank: rear"),
    "unknown": _("flank: cannot tell"),
}
REVIEW_KEYS: Final = {
    "name": "n",
    "reject": "r",
    "invalidate": "i",
    "other": "o",
    "mark": "m",
    "part": "p",
    "why": "w",
    "zoom": "z",
    "skip": "s",
    "undo": "u",
    "groups": "g",
    "front": "f",
    "rear": "b",
    "unknown": "x",
}
"""The key of each action where nobody has chosen another one. 1 to 5 choose a deer, arrows the flank, always."""


def problem_of(keys: Mapping[str, str]) -> str:
    """Why these keys cannot be, in a sentence; empty where they can: each is a letter, and none stands for two actions."""
    taken: dict[str, str] = {}
    for action, key in (REVIEW_KEYS | dict(keys)).items():
        if not key.isalpha():
            return _now('"{key}" is no letter: choose a letter for "{action}".').format(
                key=key, action=ACTIONS[action]
            )
        if key in taken:
            return _now('"{key}" stands for two things: "{one}" and "{other}". Change one.').format(
                key=key, one=ACTIONS[taken[key]], other=ACTIONS[action]
            )
        taken[key] = action
    return ""
