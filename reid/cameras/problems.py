"""Problems of merging two cameras, and of parting them again: each says why it is not done."""

from __future__ import annotations


class MergeProblem(ValueError):
    """A merge that makes no sense, or cannot be made or undone; the text says why."""


class MergeConflict(MergeProblem):
    """A merge, or an undo of one, that the store forbids as it is now."""


class UnknownMerge(MergeProblem):
    """There is no merge of this id."""
