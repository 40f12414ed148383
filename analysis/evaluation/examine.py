"""Examination of a method: fold by fold it derives without the fold's deer, and what it then makes of them is kept.

The rows of a fold are kept on disk, so that a training that was killed learns no fold twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.evaluation.fold_trials import Examined
from reid.training import material as materials
from reid.training.folds import split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from reid.training.material import Material
    from reid.training.methods import TrainingMethod, Work


def examine(method: TrainingMethod, work: Work, folds: int, deals: int) -> list[Examined]:
    """Every fold of every deal, each as an embedding sees it that learned nothing of its deer; none of 0 folds."""
    parts = dealt(work.material, folds, deals) if folds else ()
    return [
        _examined(method, work, unseen, number, deal) for number, (deal, unseen) in enumerate(parts)
    ]


def dealt(material: Material, folds: int, deals: int) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """For each fold of each deal: the deal's number, and which detections (n,) are not learned from."""
    for deal in range(deals):
        fold_of = split(material.names, material.deer, folds, deal)
        for fold in range(folds):
            yield deal, fold_of == fold


def _examined(
    method: TrainingMethod, work: Work, unseen: NDArray[np.bool_], number: int, deal: int
) -> Examined:
    """The fold of this number, counted over all deals; what was kept of it is not learned again."""
    material = work.material
    of = f"{deal}-{number}-{material.digest}-{work.recipe.digest}-{method.basis}"
    kept = work.place / f"rows-{of}.npy"
    rows = _kept(kept)
    if rows is None:
        rows = method.fold(number, np.flatnonzero(~unseen))
        materials.keep(kept, rows)
    return examined(material, rows, unseen, deal)


def examined(
    material: Material, rows: NDArray[np.float32], unseen: NDArray[np.bool_], deal: int
) -> Examined:
    """The material as an embedding with these unit rows (n, k) sees it, which learned nothing of the `unseen` (n,)."""
    return Examined(
        parent=material.rows,
        derived=rows,
        deer=material.deer,
        sightings=material.sightings,
        encounters=material.encounters,
        flanks=material.flanks,
        unseen=unseen,
        deal=deal,
        seasons=material.seasons,
    )


def _kept(path: Path) -> NDArray[np.float32] | None:
    return np.load(path) if path.exists() else None
