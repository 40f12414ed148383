"""Conversion: small random networks of each family, converted as the real ones are, from a hub that the tests serve."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from reid.hub import architectures, conversion
from reid.hub.architectures import build
from reid.hub.catalogue import MODELS, Family, HubModel
from reid.hub.conversion import convert
from reid.hub.job import ConversionRefused, Job
from reid.hub.tests.stand_in_hub import COMMIT, Hub, serving
from reid.hub.weights import A_PAGE, obtain, read_state

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

timm = architectures.import_timm()

TINY_SWIN = {
    "img_size": 64,
    "window_size": 4,
    "embed_dim": 24,
    "depths": (1, 1, 2, 1),
    "num_heads": (1, 2, 2, 4),
}
TINY_VIT = {"embed_dim": 48, "depth": 2, "num_heads": 2, "global_pool": "token"}


def small(name: str, **facts: Any) -> HubModel:
    return replace(MODELS[name], sha256="", revision="main", **facts)


SWIN = small("megadescriptor-t-224", side=64, dimension=192, options=TINY_SWIN)
DINO2 = small(
    "dinov2-small", side=56, resize_to=56, dimension=48, options=TINY_VIT | {"img_size": 56}
)
DINO3 = small(
    "dinov3-small", side=64, resize_to=64, dimension=48, options=TINY_VIT | {"img_size": 64}
)
MIEWID = small("miewid-v3", architecture="efficientnetv2_rw_t", side=64, dimension=1024)


def random_network(model: HubModel) -> nn.Module:
    torch.manual_seed(0)
    if model.family is Family.MIEWID:
        backbone = timm.create_model(model.architecture, num_classes=0, global_pool="")
        network: nn.Module = architectures.MiewId(backbone, model.dimension)
    else:
        network = timm.create_model(model.architecture, num_classes=0, **model.options)
    # As drawn, networks hardly tell pictures apart, so that a wrong preparation would agree as well.
    for name, parameter in network.named_parameters():
        if parameter.ndim > 1:
            torch.nn.init.xavier_uniform_(parameter, 1.5)
        elif "gamma" in name:  # DINO's blocks begin with a weight of almost nothing
            torch.nn.init.ones_(parameter)
    return network.eval()


def write(model: HubModel, path: Path) -> bytes:
    state = {
        name: value.clone().contiguous()
        for name, value in random_network(model).state_dict().items()
    }
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return path.read_bytes()


def job_of(model: HubModel, tmp_path: Path, endpoint: str = "http://127.0.0.1:9") -> Job:
    downloads = tmp_path / "downloads"
    downloads.mkdir(exist_ok=True)
    return Job(model, tmp_path, downloads, endpoint, tmp_path / "answer.json")


def problem_of(job: Job) -> str:
    with pytest.raises(ConversionRefused) as refusal:
        convert(job)
    assert not (job.root / job.model.name).exists()
    return str(refusal.value)


@pytest.mark.parametrize("model", [SWIN, DINO2, DINO3, MIEWID], ids=lambda model: model.name)
def test_each_family_is_converted_and_agrees_with_the_original(model, tmp_path) -> None:
    rows = conversion.original_rows(model, random_network(model), conversion.eight_pictures())
    assert (rows @ rows.T)[~np.eye(8, dtype=bool)].max() < 0.9995, "it tells pictures apart"
    job = job_of(model, tmp_path)
    content = write(model, job.file)
    card = convert(job)
    facts = json.loads((tmp_path / model.name / "model.json").read_text())
    assert (card.dimension, card.shape) == (model.dimension, (model.side, model.side))
    assert (card.fit, card.interpolation) == (model.fit, model.interpolation)
    assert card.mean == pytest.approx([255 * value for value in model.mean])
    assert facts["agreement"]["pictures"] == 8
    assert facts["agreement"]["lowest_cosine"] >= 0.9999
    assert facts["origin"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert facts["origin"]["licence"] == model.licence


def test_a_network_shown_other_pixels_than_its_card_says_is_refused(tmp_path, monkeypatch) -> None:
    """The original is shown the middle, the converted one all of it, squashed."""
    job = job_of(DINO2, tmp_path)
    write(DINO2, job.file)
    monkeypatch.setattr(
        conversion, "prepare", lambda picture, card: np.asarray(picture.resize(card.shape[::-1]))
    )
    assert problem_of(job).startswith("The converted dinov2-small answers otherwise")


def test_names_of_weights_of_earlier_releases_are_understood() -> None:
    """timm once numbered Swin's downsampling by the stage before it, and kept buffers; MiewID's power lay in its backbone."""
    swin = dict(random_network(SWIN).state_dict())
    old = {
        name.replace("layers.1.downsample", "layers.0.downsample")
        .replace("layers.2.downsample", "layers.1.downsample")
        .replace("layers.3.downsample", "layers.2.downsample"): value
        for name, value in swin.items()
    } | {"layers.0.blocks.0.attn.relative_position_index": torch.zeros(16, 16, dtype=torch.long)}
    assert old.keys() != swin.keys()
    rebuilt = build(SWIN, old).state_dict()
    assert all(torch.equal(rebuilt[name], value) for name, value in swin.items())

    state = dict(random_network(MIEWID).state_dict())
    state["backbone.global_pool.p"] = state.pop("pooling.p") + 0.5
    state["final.weight"] = torch.zeros(10, 1024)
    assert build(MIEWID, state).pooling.p.item() == pytest.approx(3.5)  # type: ignore[union-attr,operator]


def test_weights_of_another_architecture_are_refused(tmp_path) -> None:
    job = job_of(DINO2, tmp_path)
    save_file({"norm.weight": torch.zeros(48)}, job.file)
    assert problem_of(job).startswith(
        "The weights of dinov2-small are not those of its architecture"
    )


def test_the_generalised_mean_is_worked_by_hand() -> None:
    """Of 1 and 3 with p = 3: the cube root of (1 + 27) / 2."""
    pooled = architectures.GeneralisedMean()(torch.tensor([[[[1.0, 3.0]]]]))
    assert pooled.shape == (1, 1)
    assert pooled.item() == pytest.approx(14 ** (1 / 3))


def test_a_training_s_state_beside_the_weights_is_left_out(tmp_path) -> None:
    weights = {"layer": torch.ones(2)}
    state = {"model": weights, "rng": np.random.RandomState(0).get_state(), "epoch": 3}
    path = tmp_path / "pytorch_model.bin"
    torch.save(state, path)
    assert {name: value.tolist() for name, value in read_state(path).items()} == {"layer": [1, 1]}


def test_a_file_without_tensors_by_name_is_no_weights(tmp_path) -> None:
    path = tmp_path / "pytorch_model.bin"
    torch.save([torch.zeros(2)], path)
    with pytest.raises(ConversionRefused, match="it holds no tensors by name"):
        read_state(path)


def test_a_file_that_would_run_code_is_refused_unread(tmp_path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return (open, (str(tmp_path / "harmed"), "w"))

    path = tmp_path / "pytorch_model.bin"
    torch.save({"model": Harmful()}, path)
    with pytest.raises(ConversionRefused, match="cannot be read as weights"):
        read_state(path)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors"])
def test_a_page_saved_as_weights_is_refused(tmp_path, name) -> None:
    job = job_of(replace(DINO2, file=name), tmp_path)
    job.file.write_bytes(b"<!DOCTYPE html><title>Sign in</title>")
    assert "cannot be read as weights" in problem_of(job)


# --- downloads ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weights() -> bytes:
    """Longer than a piece in which the client writes, 10 MiB."""
    return np.random.default_rng(0).bytes(12_000_000)


def test_a_download_says_where_the_file_is_from(tmp_path, weights) -> None:
    with serving(Hub(weights)) as hub:
        job = job_of(SWIN, tmp_path, hub.address)
        origin = obtain(job)
    assert job.file.read_bytes() == weights
    assert origin["revision"] == COMMIT
    assert origin["sha256"] == hashlib.sha256(weights).hexdigest()
    assert hub.asked[0][:2] == (
        "HEAD",
        "/BVRA/MegaDescriptor-T-224/resolve/main/pytorch_model.bin",
    )


def test_what_is_there_is_not_fetched_again(tmp_path, weights) -> None:
    with serving(Hub(weights)) as hub:
        job = job_of(SWIN, tmp_path, hub.address)
        obtain(job)
        asked = len(hub.asked)
        obtain(job)
    assert len(hub.asked) == asked


def test_a_download_that_was_cut_off_goes_on(tmp_path, weights) -> None:
    """What was written before the cut, one piece of 10 MiB, is not asked for again."""
    with serving(Hub(weights, cuts=[11_000_000])) as hub:
        job = job_of(SWIN, tmp_path, hub.address)
        obtain(job)
    assert job.file.read_bytes() == weights
    assert [asked for method, _, asked in hub.asked if method == "GET"] == ["", "bytes=10485760-"]


def test_a_file_with_another_checksum_is_refused(tmp_path, weights) -> None:
    pinned = replace(SWIN, sha256="0" * 64)
    with serving(Hub(weights)) as hub:
        problem = problem_of(job_of(pinned, tmp_path, hub.address))
    assert "is not the file that the catalogue means" in problem
    assert "0" * 64 in problem


def test_a_file_that_is_not_what_the_hub_says_it_is_is_refused_each_time(tmp_path, weights) -> None:
    """The hub's checksum is remembered: else the next try would find the file and take it for one that was brought."""
    with serving(Hub(weights, checksum="1" * 64)) as hub:
        job = job_of(SWIN, tmp_path, hub.address)
        for _ in range(2):
            assert "1" * 64 in problem_of(job)


def test_where_a_file_is_from_is_remembered_when_its_conversion_failed(tmp_path) -> None:
    other = write(replace(SWIN, options=TINY_SWIN | {"depths": (1, 1, 1, 1)}), tmp_path / "w.bin")
    with serving(Hub(other)) as hub:
        job = job_of(SWIN, tmp_path, hub.address)
        assert "are not those of its architecture" in problem_of(job)
        assert obtain(job)["revision"] == COMMIT


def test_a_page_instead_of_the_file_is_said(tmp_path) -> None:
    with serving(Hub(b"", is_page=True)) as hub:
        job = job_of(SWIN, tmp_path, hub.address)
        assert problem_of(job) == A_PAGE.format(url=job.url, path=job.file)
    assert not job.file.exists()


def test_a_hub_that_refuses_is_said(tmp_path) -> None:
    with serving(Hub(b"", status=403)) as hub:
        assert problem_of(job_of(SWIN, tmp_path, hub.address)).startswith("The hub refuses http")


def test_without_a_network_one_sentence_names_file_and_folder(tmp_path) -> None:
    job = job_of(SWIN, tmp_path)
    problem = problem_of(job)
    assert problem.startswith(f"There is no way to {job.url} from here (")
    assert problem.endswith(f"bring that file as {job.file}, and give the command again.")


def test_what_was_brought_by_hand_needs_no_network(tmp_path) -> None:
    job = job_of(DINO2, tmp_path)
    write(DINO2, job.file)
    assert convert(job).name == "dinov2-small"
    origin = json.loads((tmp_path / "dinov2-small" / "model.json").read_text())["origin"]
    assert origin["revision"] == "brought by hand"
