"""Problems of acts on cameras, their days and the map: each says why it is not done."""

from __future__ import annotations


class MergeProblem(ValueError):
    """A merge that makes no sense, or cannot be made or undone; the text says why."""


class MergeConflict(MergeProblem):
    """A merge, or an undo of one, that the store forbids as it is now."""


class UnknownMerge(MergeProblem):
    """There is no merge of this id."""


class ChangeProblem(ValueError):
    """A change of a camera, a deployment or an outage that makes no sense; `field` says of what, where it is one."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class ChangeConflict(ChangeProblem):
    """A change, or an undo of one, that the store forbids as it is now."""


class UnknownRow(ChangeProblem):
    """There is no camera, deployment, outage or change of this id."""


class MapProblem(ValueError):
    """A picture or a tile file that cannot lie under the map; the text says why."""
