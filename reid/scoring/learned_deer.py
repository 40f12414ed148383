"""Learned deer: whose photographs the parts of a scorer were fitted to.

Of such deer a scorer knows more than of a stranger to come. So what is measured on them says too little of strangers,
and whoever measures keeps the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.embedding.identities import IDENTITIES, identities_of_folder, identity
from reid.models import Deer
from reid.scoring.fused_scorers import SHIPPED_SOURCE
from reid.training.folds import reserved

if TYPE_CHECKING:
    from uuid import UUID

    from reid.models import EmbeddingSpace, Scorer


def learned_deer(scorer: Scorer) -> frozenset[UUID]:
    """The deer that the scorer's space, the spaces that it derives from, or its calibration learned from.

    A deer that a learned one was merged into is learned. A calibration that does not name its deer was learned from
    those that are not reserved. Where a model's folder is gone, so that nobody can tell, every deer counts as learned.
    Two queries at most, and one more a generation of spaces.
    """
    known: set[str] = set(scorer.specification.get(IDENTITIES, ()))
    is_of_unnamed = _has_own_weights(scorer) and IDENTITIES not in scorer.specification
    space = scorer.space
    while space is not None:
        of_space = _of_space(space)
        if of_space is None:
            return frozenset(Deer.objects.values_list("pk", flat=True))
        known.update(of_space)
        space = space.parent
    if not known and not is_of_unnamed:
        return frozenset()
    rows = list(Deer.objects.values_list("pk", "merged_into", "name"))
    into = {key: merged_into for key, merged_into, _ in rows}
    learned = {
        key
        for key, _, name in rows
        if identity(key) in known or (is_of_unnamed and not reserved(name))
    }
    waiting = list(learned)
    while waiting:
        merged = into[waiting.pop()]
        if merged is not None and merged not in learned:
            learned.add(merged)
            waiting.append(merged)
    return frozenset(learned)


def _has_own_weights(scorer: Scorer) -> bool:
    """Whether it is fused by a calibration that a store has learned, and not by the one that ships."""
    frozen = scorer.specification.get("calibration")
    return frozen is not None and frozen["source"] != SHIPPED_SOURCE


def _of_space(space: EmbeddingSpace) -> list[str] | None:
    specification = space.specification
    if IDENTITIES in specification:
        return list(specification[IDENTITIES])
    # Spaces that were registered by an earlier version do not say it themselves.
    return identities_of_folder(specification.get("model", {}).get("folder", ""))
