"""Reviews: the one writer of human decisions.

Every function makes one `Operation` with an `IdentityEvent` for each field it changes, in one
transaction, and takes keyword arguments only: what is decided, the versions of the detections as the
reviewer saw them, and `How` (who, why, how the item came to be shown). A reviewer who saw an older state is
told what changed and by whom (StaleReview); a decision that contradicts what is on record is refused
(ReviewRefused). Scores and the decision log are never touched: they say what the machine said. Where a box is moved
or deleted alone its scores go, for they are of what it showed before.
"""

from __future__ import annotations

from reid.reviewing.attributes import (
    correct_class,
    drop_reference,
    enrol,
    invalidate,
    make_valid,
    set_flank,
)
from reid.reviewing.bulk import (
    ClassAnswer,
    classify,
    open_to_classifiers,
    relabel,
    take_answers,
    throw_out,
)
from reid.reviewing.certified import CertifiedPair, LeftOut, assign_certified, contents
from reid.reviewing.identity import (
    assign,
    confirm,
    keep_label,
    name_group,
    new_deer,
    reject,
    split,
)
from reid.reviewing.merging import keep_apart, merge
from reid.reviewing.photographs.annotating import NOTE_LENGTH, annotate
from reid.reviewing.photographs.boxes import delete_boxes, draw_box, move_box
from reid.reviewing.photographs.cameras import set_camera
from reid.reviewing.photographs.naming import assign_group
from reid.reviewing.problems import (
    NEAR,
    FieldChange,
    NearNames,
    ReviewError,
    ReviewRefused,
    StaleReview,
    UndoConflict,
)
from reid.reviewing.profiles import (
    NAME_LENGTH,
    NOTES_LENGTH,
    edit_deer,
    missing_facts,
    note_season,
)
from reid.reviewing.splitting import split_sighting
from reid.reviewing.undoing import UnknownOperation, take_back, undo

__all__ = [
    "NAME_LENGTH",
    "NEAR",
    "NOTES_LENGTH",
    "NOTE_LENGTH",
    "CertifiedPair",
    "ClassAnswer",
    "FieldChange",
    "LeftOut",
    "NearNames",
    "ReviewError",
    "ReviewRefused",
    "StaleReview",
    "UndoConflict",
    "UnknownOperation",
    "annotate",
    "assign",
    "assign_certified",
    "assign_group",
    "classify",
    "confirm",
    "contents",
    "correct_class",
    "delete_boxes",
    "draw_box",
    "drop_reference",
    "edit_deer",
    "enrol",
    "invalidate",
    "keep_apart",
    "keep_label",
    "ledger",
    "make_valid",
    "merge",
    "missing_facts",
    "move_box",
    "name_group",
    "new_deer",
    "note_season",
    "open_to_classifiers",
    "reject",
    "relabel",
    "scene",
    "set_camera",
    "set_flank",
    "split",
    "split_sighting",
    "take_answers",
    "take_back",
    "throw_out",
    "undo",
]
