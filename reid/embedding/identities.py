"""Identities that a model learned from: which deer a model.json names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from reid.networks.model_card import MODEL_FILE

if TYPE_CHECKING:
    from uuid import UUID

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
