"""The training loop on a tiny herd of real pixels: it learns, repeats, survives kill -9, and is published."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from django.conf import settings

from conftest import wait_until
from reid.embedding.embedder import Embedder
from reid.embedding.preprocessing import prepare
from reid.networks.model_card import DEFAULT, Crop, read_weights
from reid.training import finetune
from reid.training.checkpoint import OtherTraining
from reid.training.network import Mirrored
from reid.training.publish import publish
from reid.training.recipe import Loss, Recipe

if TYPE_CHECKING:
    from reid.training.network import Adapted

RECIPE = Recipe(
    epochs=2, size=32, batch=8, dimension=8, part_dimension=2, frozen_blocks=10, warm_up=2
)
CPU = torch.device("cpu")
CLASSES = np.repeat(np.arange(4), 4)


def herd() -> np.ndarray:
    """Sixteen torsos: both flanks of two deer, which are patterns of their own, in four noisy photographs each."""
    patterns = np.random.default_rng(0).integers(0, 256, (4, 4, 6, 3))
    large = patterns.repeat(72, axis=1).repeat(72, axis=2)
    noise = np.random.default_rng(1).normal(0, 10, (16, 288, 432, 3))
    rgb = np.clip(large[CLASSES] + noise, 0, 255).astype(np.uint8)
    return np.concatenate((rgb, np.full((16, 288, 432, 1), 255, np.uint8)), axis=3)


def fit(checkpoint: Path, recipe: Recipe = RECIPE, **given: object) -> Adapted:
    lesson = finetune.Lesson(herd(), np.arange(16), CLASSES, np.array([0, 0, 1, 1]))
    weights = read_weights(DEFAULT, Path())
    return finetune.fit(lesson, recipe, weights, checkpoint, device=CPU, **given)  # type: ignore[arg-type]


def weights_of(network: Adapted) -> list[torch.Tensor]:
    return [item.detach().clone() for item in network.state_dict().values()]


def same(first: Adapted, second: Adapted) -> bool:
    pairs = zip(weights_of(first), weights_of(second), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


class Stop(Exception):
    pass


def test_training_lowers_its_loss(tmp_path: Path) -> None:
    seen: list[finetune.Progress] = []
    fit(tmp_path / "a.pt", replace(RECIPE, epochs=8), on_step=seen.append)
    by_epoch = {item.epoch: item.loss for item in seen}
    assert by_epoch[8] < by_epoch[1] - 1
    assert (seen[-1].step, seen[-1].steps) == (16, 16)


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    first, again = fit(tmp_path / "a.pt"), fit(tmp_path / "b.pt")
    other = fit(tmp_path / "c.pt", replace(RECIPE, seed=1))
    assert same(first, again)
    assert not same(first, other)


def test_projections_and_centres_begin_from_every_class_first() -> None:
    """Of classes in 3, 1 and 2 photographs: the first of each, then the second of each, and the third is too many."""
    classes = np.array([0, 2, 0, 1, 0, 2])
    assert finetune._first_of_each_class(classes, 5).tolist() == [0, 3, 1, 2, 5]


@pytest.mark.parametrize("average", [0.0, 0.5])
def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(
    tmp_path: Path, average: float
) -> None:
    recipe = replace(RECIPE, average=average)

    def stop(progress: finetune.Progress) -> None:
        if progress.step == 3:  # in the middle of the second epoch
            raise Stop

    with pytest.raises(Stop):
        fit(tmp_path / "a.pt", recipe, on_step=stop)
    steps: list[int] = []
    resumed = fit(tmp_path / "a.pt", recipe, on_step=lambda progress: steps.append(progress.step))
    assert steps == [3, 4]
    assert same(resumed, fit(tmp_path / "b.pt", recipe))
    assert same(resumed, fit(tmp_path / "c.pt")) == (average == 0.0)


def test_supervised_contrast_sees_pairs_and_learns(tmp_path: Path) -> None:
    classes = np.array([5, 0, 5, 1, 0, 0, 1, 2])
    order = finetune._in_pairs(classes, torch.Generator().manual_seed(0)).tolist()
    assert sorted(order) == list(range(8))
    seen = classes[order]
    assert sorted(map(tuple, seen[:6].reshape(3, 2).tolist())) == [(0, 0), (1, 1), (5, 5)]
    assert sorted(seen[6:]) == [0, 2]
    losses: list[finetune.Progress] = []
    fit(tmp_path / "a.pt", replace(RECIPE, epochs=6, loss=Loss.SUPCON), on_step=losses.append)
    by_epoch = {item.epoch: item.loss for item in losses}
    assert by_epoch[6] < by_epoch[1]


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    fit(tmp_path / "a.pt")
    with pytest.raises(OtherTraining):
        fit(tmp_path / "a.pt", replace(RECIPE, margin=0.1))


_VICTIM = """
import sys
from pathlib import Path
from reid.training.tests.test_finetune import RECIPE, fit
from dataclasses import replace
fit(Path(sys.argv[1]), replace(RECIPE, epochs=40))
"""


def test_a_killed_training_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    checkpoint = tmp_path / "killed.pt"
    victim = subprocess.Popen(
        [sys.executable, "-c", _VICTIM, str(checkpoint)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"THUMPER_HOME": str(tmp_path / "home")},
    )

    def epochs() -> int:
        return (
            int(torch.load(checkpoint, weights_only=True)["epochs"]) if checkpoint.exists() else 0
        )

    wait_until(lambda: epochs() >= 2, 120, "two epochs of the victim")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    done = epochs()
    recipe = replace(RECIPE, epochs=40)

    class Enough(Exception):
        pass

    first: list[int] = []

    def look(progress: finetune.Progress) -> None:
        first.append(progress.epoch)
        raise Enough

    with pytest.raises(Enough):
        fit(checkpoint, recipe, on_step=look)
    assert first == [done + 1]


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_published_embeds_as_what_was_trained(tmp_path: Path, mirrored: bool) -> None:
    network = fit(tmp_path / "a.pt", replace(RECIPE, epochs=1))
    recipe = replace(RECIPE, mirrored=mirrored)
    shown = replace(
        DEFAULT,
        crop=Crop.TORSO,
        torso_head="ab" * 32,
        dimming=recipe.dimming,
        input_height=32,
        input_width=48,
    )
    card = publish(
        tmp_path,
        "finetune-1",
        Mirrored(network).eval() if mirrored else network,
        shown,
        dimension=recipe.embedding_length,
        mirrored=mirrored,
        training={"method": "finetune", "identities_sha256": ["0" * 16]},
    )
    assert (card.crop, card.shape, card.dimming) == (Crop.TORSO, (32, 48), 0.25)
    assert card.torso_head == "ab" * 32
    views = herd()[:5]
    views[:, 100:, :, 3] = 0  # only their backs are in the mask
    pixels = np.stack([prepare(view, card) for view in views])
    loaded = Embedder(card, read_weights(card, tmp_path), device="cpu").embed(pixels)
    trained = finetune.embed(network, views, recipe, CPU)
    assert loaded.shape == (5, 64 if mirrored else 32)
    assert np.allclose(loaded, trained, atol=1e-5)
    plain, other = (finetune.embed(network, way, RECIPE, CPU) for way in (views, views[:, :, ::-1]))
    cosines = (plain @ plain.T + other @ other.T) / 2 if mirrored else plain @ plain.T
    assert np.allclose(loaded @ loaded.T, cosines, atol=1e-5)
    written = json.loads((tmp_path / "finetune-1" / "model.json").read_text())
    assert written["licence"] == "Apache-2.0"
    assert written["mirrored"] is mirrored
    assert written["training"]["parent_sha256"] == DEFAULT.sha256
    assert written["training"]["identities_sha256"] == ["0" * 16]
