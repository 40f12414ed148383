"""Learned deer: whose photographs the parts of a scorer were fitted to.

Of such deer a scorer knows more than of a stranger to come. So what is measured on them says too little of strangers,
and whoever measures keeps the two apart.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from reid.models import Deer
from reid.networks.model_card import MODEL_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from reid.models import EmbeddingSpace, Scorer

IDENTITIES: Final = "identities_sha256"
"""Key under which a model.json, a space's specification and a fused scorer's name the deer that were learned from."""


def identity(deer: UUID) -> str:
    """The deer as 16 hex digits of its key's hash: names stay in the installation."""
    return hashlib.sha256(deer.bytes).hexdigest()[:16]


def identities_of_folder(folder: str) -> list[str] | None:
    """The deer that a model below MODEL_ROOT learned from, by its model.json; None where that is not there any more.

    A model that was not trained on the deer of a store learned none of them.
    """
    if not folder:
        return []
    path = Path(settings.MODEL_ROOT) / folder / MODEL_FILE
    if not path.is_file():
        return None
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return [str(item) for item in card.get("training", {}).get(IDENTITIES, ())]


def learned_deer(scorer: Scorer) -> frozenset[UUID]:
    """The deer that the scorer's space, the spaces that it derives from, or its calibration learned from.

    A deer that a learned one was merged into is learned. Where a model's folder is gone, so that nobody can tell,
    every deer counts as learned. Two queries, and one more a generation of spaces.
    """
    known: set[str] = set()
    for part in _parts(scorer):
        if part is None:
            return frozenset(Deer.objects.values_list("pk", flat=True))
        known.update(part)
    if not known:
        return frozenset()
    into = dict(Deer.objects.values_list("pk", "merged_into"))
    learned = {key for key in into if identity(key) in known}
    waiting = list(learned)
    while waiting:
        merged = into[waiting.pop()]
        if merged is not None and merged not in learned:
            learned.add(merged)
            waiting.append(merged)
    return frozenset(learned)


def _parts(scorer: Scorer) -> Iterator[list[str] | None]:
    """The deer that each part of the scorer learned from; None where that cannot be told."""
    yield scorer.specification.get(IDENTITIES, [])
    space = scorer.space
    while space is not None:
        yield _of_space(space)
        space = space.parent


def _of_space(space: EmbeddingSpace) -> list[str] | None:
    specification = space.specification
    if IDENTITIES in specification:
        return list(specification[IDENTITIES])
    # Spaces that were registered by an earlier version do not say it themselves.
    return identities_of_folder(specification.get("model", {}).get("folder", ""))
