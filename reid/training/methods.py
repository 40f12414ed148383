"""Training methods: three ways to derive a space behind one interface, so that each is judged alike.

`fold` derives from the detections `train` and embeds all of them, also those which it never saw; `final` derives
from all of them and registers the space. Both go on where they were interrupted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from django.conf import settings

from reid.embedding import spaces
from reid.embedding.identities import IDENTITIES
from reid.embedding.preprocessing import prepare
from reid.models import Embedding, Training
from reid.networks.model_card import (
    DEFAULT,
    Crop,
    ModelCard,
    ModelRefused,
    WeightsFormat,
    read_weights,
)
from reid.torsos.heads import active_head
from reid.torsos.own_head import train_if_due
from reid.training import material

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from reid.models import EmbeddingSpace
    from reid.training.finetune import Progress
    from reid.training.material import Material
    from reid.training.network import Adapted
    from reid.training.recipe import Recipe

MIN_DETECTIONS: Final = 500
"""Embeddings from which on their mean is worth taking off."""
MIN_DEER: Final = {
    Training.Method.CENTRE: 20,
    Training.Method.HEAD: 80,
    Training.Method.FINETUNE: 80,
}
"""Deer known in two sightings or more from which on a method helps; below, it was measured to do harm."""

CENTRED_BEFORE = "The space {} is centred already: derive from its parent, or use --method head."
NO_TORCHSCRIPT = "A head cannot be joined to the TorchScript model {}: export it with torch.export and add it again."


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Everything that a method needs. `report` gets (what, done, of, remark) between two steps, and may raise to stop."""

    parent: EmbeddingSpace
    material: Material
    recipe: Recipe
    place: Path
    name: str
    report: Callable[[str, int, int, str], None]

    @property
    def card(self) -> ModelCard:
        return ModelCard.from_json(self.parent.specification["model"])

    def provenance(self, method: str) -> dict[str, Any]:
        """What model.json says of a training."""
        return {
            "method": method,
            "recipe": asdict(self.recipe),
            "parent_space": self.parent.fingerprint,
            "deer": len(self.material.names),
            "detections": len(self.material),
            "reserved_deer": len(self.material.reserved),
            "labels": self.material.digest,
            IDENTITIES: self.material.identities(),
            "torch": version("torch"),
            "numpy": np.__version__,
        }


class TrainingMethod(Protocol):
    """A way to derive a space.

    `basis` differs where the same material would be shown otherwise: what was kept on another basis is not used.
    """

    @property
    def basis(self) -> str: ...

    def fold(self, number: int, train: NDArray[np.intp]) -> NDArray[np.float32]:
        """Unit rows (n, k) of all detections by what was derived from `train`."""

    def final(self) -> EmbeddingSpace:
        """The registered space, derived from everything."""


class Centre:
    """The mean embedding taken off: what all photographs of a place have in common distinguishes no deer."""

    basis = "embeddings"

    def __init__(self, work: Work) -> None:
        self._work = work
        if work.parent.centre is not None:
            raise ModelRefused(CENTRED_BEFORE.format(work.parent))

    def fold(self, number: int, train: NDArray[np.intp]) -> NDArray[np.float32]:
        rows = self._work.material.rows
        return _unit(rows - rows[train].mean(axis=0, dtype=np.float64))

    def final(self) -> EmbeddingSpace:
        """Over all embeddings of the parent, of unknown deer too: a mean needs no names."""
        parent, total, count = self._work.parent, np.zeros(self._work.parent.dimension), 0
        vectors = Embedding.objects.filter(space=parent).order_by("pk")
        for vector in vectors.values_list("vector", flat=True).iterator(chunk_size=2000):
            total, count = total + np.asarray(vector, np.float64), count + 1
        centre = (total / count).astype(np.float32)
        return spaces.register(
            self._work.card,
            precision=parent.precision,
            centre=centre,
            parent=parent,
            name=self._work.name,
        )


class Head:
    """A projection learned from stored embeddings; the network stays as it is."""

    basis = "embeddings"

    def __init__(self, work: Work) -> None:
        self._work = work
        if work.card.format is WeightsFormat.TORCHSCRIPT:
            raise ModelRefused(NO_TORCHSCRIPT.format(work.card.name))

    def fold(self, number: int, train: NDArray[np.intp]) -> NDArray[np.float32]:
        from reid.training import head

        projection = self._fit(f"fold {number + 1}", train)
        rows = head.project(projection, self._work.material.rows)
        if not self._work.recipe.mirrored:
            return rows
        other = head.project(projection, self._mirrored)
        return _unit(np.concatenate((rows, other), axis=1))

    @cached_property
    def _mirrored(self) -> NDArray[np.float32]:
        """The parent's unit rows (n, d) of the mirrored crops; of one that vanished, those of the crop as it was."""
        work = self._work
        path = work.place / f"mirrored-{work.material.digest}.npy"
        if not path.exists():
            rows, done = work.material.rows.copy(), 0
            embedder = spaces.embedder_of(work.parent)
            for read in material.pictures(work.material.ids, work.card):
                crops = np.stack([prepare(picture, work.card) for _, picture in read])
                rows[[number for number, _ in read]] = embedder.embed(crops[:, :, ::-1])
                done += len(read)
                work.report("mirrored crops", done, len(rows), "")
            material.keep(path, rows)
        mirrored: NDArray[np.float32] = np.load(path)
        return mirrored

    def _fit(self, what: str, train: NDArray[np.intp]) -> Any:
        from reid.training import head

        work = self._work
        rows, (classes, _) = work.material.rows[train], work.material.classes(train)
        if work.recipe.mirrored:
            # A mirrored flank is nobody's: a class of its own, as in fine-tuning.
            rows = np.concatenate((rows, self._mirrored[train]))
            classes = np.concatenate((classes, classes + int(classes.max()) + 1))
        return head.fit(
            rows, classes, work.recipe, lambda done, steps: work.report(what, done, steps, "")
        )

    def final(self) -> EmbeddingSpace:
        import torch

        from reid.embedding.embedder import load_network
        from reid.training.network import Mirrored, WithHead
        from reid.training.publish import publish

        work, card = self._work, self._work.card
        projection = self._fit("all deer", np.arange(len(work.material)))
        network = load_network(card, read_weights(card, settings.MODEL_ROOT))
        centre = None if work.parent.centre is None else torch.tensor(work.parent.centre)
        mirrored = work.recipe.mirrored
        whole = WithHead(network, card.pooling, centre, projection)
        new_card = publish(
            settings.MODEL_ROOT,
            work.name,
            Mirrored(whole) if mirrored else whole,
            card,
            dimension=projection.linear.out_features * (2 if mirrored else 1),
            training=work.provenance("head"),
            mirrored=mirrored,
        )
        return spaces.register(new_card, precision=work.parent.precision, parent=work.parent)


class FineTune:
    """The default network itself, learned from aligned torsos."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def fold(self, number: int, train: NDArray[np.intp]) -> NDArray[np.float32]:
        from reid.networks.devices import choose_device
        from reid.training import finetune

        recipe, what = self._work.recipe, f"fold {number + 1}"
        network, views = self._fit(what, train), self._views
        device = choose_device(settings.REID_DEVICE)
        rows = np.zeros((len(views), recipe.embedding_length), np.float32)
        for start in range(0, len(views), finetune.AT_ONCE):
            part = slice(start, start + finetune.AT_ONCE)
            rows[part] = finetune.embed(network, views[part], recipe, device)
            done = min(part.stop, len(views))
            self._work.report(what, done, len(views), "embedding")
        return rows

    @property
    def basis(self) -> str:
        """The mask head that found the torsos."""
        return self._card.torso_head[:16]

    @cached_property
    def _card(self) -> ModelCard:
        """What the network that is made is shown: torsos, found by the mask head of today.

        The store's own one is trained first where that is due: the space that is made stays with its head.
        """
        train_if_due()
        height, width = self._work.recipe.shape
        return replace(
            DEFAULT,
            crop=Crop.TORSO,
            torso_head=active_head().fingerprint,
            dimming=self._work.recipe.dimming,
            input_height=height,
            input_width=width,
        )

    @cached_property
    def _views(self) -> NDArray[np.uint8]:
        """All torsos and their masks, (n, 288, 432, 4); black where one has vanished."""
        work = self._work
        return material.cache(
            work.material.ids,
            self._card,
            work.place / f"torsos-{work.material.digest}-{self.basis}.npy",
            lambda _: work.report("torsos", 0, 0, ""),
        )

    def _fit(self, what: str, train: NDArray[np.intp]) -> Adapted:
        from reid.networks.devices import choose_device
        from reid.training import finetune

        work = self._work

        def on_step(progress: Progress) -> None:
            remark = f"epoch {progress.epoch}, loss {progress.loss:.2f}"
            work.report(what, progress.step, progress.steps, remark)

        classes, deer = work.material.classes(train)
        return finetune.fit(
            finetune.Lesson(self._views, train, classes, deer),
            work.recipe,
            read_weights(DEFAULT, settings.MODEL_ROOT),
            work.place / f"{what.replace(' ', '-')}-{work.recipe.digest}-{self.basis}.pt",
            device=choose_device(settings.REID_DEVICE),
            on_step=on_step,
        )

    def final(self) -> EmbeddingSpace:
        from reid.training.network import Mirrored
        from reid.training.publish import publish

        work, mirrored = self._work, self._work.recipe.mirrored
        network = self._fit("all deer", np.arange(len(work.material)))
        new_card = publish(
            settings.MODEL_ROOT,
            work.name,
            Mirrored(network).eval() if mirrored else network,
            self._card,
            dimension=work.recipe.embedding_length,
            training=work.provenance("finetune"),
            mirrored=mirrored,
        )
        return spaces.register(new_card, parent=work.parent)


METHODS: Final[dict[str, Callable[[Work], TrainingMethod]]] = {
    Training.Method.CENTRE: Centre,
    Training.Method.HEAD: Head,
    Training.Method.FINETUNE: FineTune,
}


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit
