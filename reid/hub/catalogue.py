"""Catalogue of networks of others: where their weights lie, under which licence, and how their cards want pictures prepared.

Facts were looked up in model cards, commit pages of the hub and timm's own configurations in November 2026; what could not
be verified is said in `unverified`, and shown before anything is fetched. Nothing of a hub is ever run: architectures are
timm's, or built in `reid.hub.architectures`, and weights are read as plain tensors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from reid.networks.model_card import Fit, Interpolation

UNKNOWN_NETWORK = "No network in the catalogue is called {}: there are {}."

_HALF: Final = (0.5, 0.5, 0.5)
_IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
_IMAGENET_STD: Final = (0.229, 0.224, 0.225)
APACHE: Final = "Apache-2.0"


class Family(StrEnum):
    """How weights become a network."""

    TIMM = "timm"  # timm's architecture, its own names of weights
    SWIN = "swin"  # the same, with names that timm used before it moved Swin's downsampling
    MIEWID = "miewid"  # timm's EfficientNetV2, generalised-mean pooling, batch normalisation


@dataclass(frozen=True, slots=True)
class HubModel:
    """A network of the catalogue. `mean` and `std` are of RGB pixels from 0 to 1, as cards have them; `size` in bytes.

    `sha256` is empty where nobody published it: then the hub's own checksum is compared and kept. `resize_to` is the shorter
    side before the middle is cut out, 0 where pictures are squashed. `options` go to timm's create_model.
    """

    name: str
    title: str
    repository: str
    file: str
    licence: str
    terms: str
    family: Family
    architecture: str
    side: int
    dimension: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: Interpolation
    resize_to: int = 0
    revision: str = "main"
    sha256: str = ""
    size: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    unverified: str = ""

    @property
    def fit(self) -> Fit:
        return Fit.CENTRE if self.resize_to else Fit.SQUASH

    @property
    def is_free(self) -> bool:
        """Whether the licence asks nothing of its user that needs to be confirmed."""
        return self.licence == APACHE

    @property
    def shape(self) -> str:
        """What it is shown and what it answers, in words."""
        return f"{self.side} px, {self.dimension} dimensions"

    @property
    def facts(self) -> tuple[str, ...]:
        """What else is to be known of it, a line each."""
        return ()


def _mega(
    letter: str,
    side: int,
    architecture: str,
    dimension: int,
    *,
    unverified: str,
    revision: str = "main",
    sha256: str = "",
    size: int = 0,
) -> HubModel:
    return HubModel(
        name=f"megadescriptor-{letter.lower()}-{side}",
        title=f"MegaDescriptor-{letter}-{side}, individual animals of many species (Cermak et al. 2024)",
        repository=f"BVRA/MegaDescriptor-{letter}-{side}",
        file="pytorch_model.bin",
        licence="CC-BY-NC-4.0",
        terms="not for commercial use, its makers must be named: https://creativecommons.org/licenses/by-nc/4.0/",
        family=Family.SWIN,
        architecture=architecture,
        side=side,
        dimension=dimension,
        mean=_HALF,
        std=_HALF,
        interpolation=Interpolation.BILINEAR,  # torchvision's default, which the cards leave as it is
        revision=revision,
        sha256=sha256,
        size=size,
        unverified=f"config.json is said to name another mean and std than the card's example, which is followed; {unverified}",
    )


_RESIZE_224: Final = (
    "the card resizes the shorter side alone, T.Resize(224), which this network takes of square pictures only: crops are "
    "squashed, as the card of MegaDescriptor-L-384 does it"
)
_NO_CHECKSUM: Final = "no published checksum was found, so that the hub's own is compared"


def _dino(
    name: str,
    title: str,
    architecture: str,
    side: int,
    dimension: int,
    licence: tuple[str, str],
    *,
    revision: str = "main",
    size: int = 0,
) -> HubModel:
    return HubModel(
        name=name,
        title=title,
        repository=f"timm/{architecture}",
        file="model.safetensors",
        licence=licence[0],
        terms=licence[1],
        family=Family.TIMM,
        architecture=architecture.partition(".")[0],
        side=side,
        dimension=dimension,
        mean=_IMAGENET_MEAN,
        std=_IMAGENET_STD,
        interpolation=Interpolation.BICUBIC,
        resize_to=side,  # crop_pct 1.0
        revision=revision,
        size=size,
        # The class token, as its makers use it; timm would average DINOv3's patches.
        options={"global_pool": "token"},
        unverified=_NO_CHECKSUM,
    )


_DINO2: Final = (APACHE, "https://www.apache.org/licenses/LICENSE-2.0")
_DINO3: Final = (
    "DINOv3 License",
    "Meta's own conditions: https://ai.meta.com/resources/models-and-libraries/dinov3-license",
)

MODELS: Final = {
    model.name: model
    for model in (
        _mega(
            *("T", 224, "swin_tiny_patch4_window7_224", 768),
            unverified=f"{_RESIZE_224}; revision and file name are taken over from its larger sisters; {_NO_CHECKSUM}",
        ),
        _mega(
            *("S", 224, "swin_small_patch4_window7_224", 768),
            revision="eb42361e4cd85d924385b0df6b727284b3929ffe",
            sha256="8ffde82d9d58066bf124d03b938b6e7bf2e278c8fd4201710bf78a3ceb6029ef",
            size=290_000_000,
            unverified=f"{_RESIZE_224}; the checksum is from another project that pins it",
        ),
        _mega(
            *("B", 224, "swin_base_patch4_window7_224", 1024),
            revision="ef6848e1ba4dc1c497e4d96776112768b52f8f36",
            sha256="655791158167f07773a890368f7db2fced85d569b9bccbbe7e5194e5051e2459",
            size=472_692_594,
            unverified=_RESIZE_224,
        ),
        _mega(
            *("L", 384, "swin_large_patch4_window12_384", 1536),
            revision="651becc42763bdd8b53472a4cbbf0a927ebc573b",
            sha256="f54cca912864b1d1b93d72acba9ce241dea32c3d6b9d578a8c8c65954856978d",
            size=1_940_000_000,
            unverified="the file is larger than its weights: it seems to hold a training's state, which is left out",
        ),
        HubModel(
            name="miewid-v3",
            title="MiewID-msv3, individual animals of 64 species (Otarashvili et al. 2024)",
            repository="conservationxlabs/miewid-msv3",
            file="model.safetensors",
            licence="not stated",
            terms="its card states no licence: ask its makers before you use it for more than a trial",
            family=Family.MIEWID,
            architecture="efficientnetv2_rw_m",
            side=440,
            dimension=2152,
            mean=_IMAGENET_MEAN,
            std=_IMAGENET_STD,
            interpolation=Interpolation.BILINEAR,
            revision="4f1d7f2b521149e5fe34bb85f377248ce9971a7d",
            sha256="adff92b39678f37eb74861c6399a741639a8907ec2382738e903d6120727b348",
            size=205_809_924,
            unverified="its training resized by OpenCV without antialiasing, its card by torchvision with it: the card is followed",
        ),
        _dino(
            "dinov2-small",
            "DINOv2 ViT-S/14, pictures of everything (Oquab et al. 2023)",
            "vit_small_patch14_dinov2.lvd142m",
            518,
            384,
            _DINO2,
            size=88_000_000,
        ),
        _dino(
            "dinov2-base",
            "DINOv2 ViT-B/14, pictures of everything (Oquab et al. 2023)",
            "vit_base_patch14_dinov2.lvd142m",
            518,
            768,
            _DINO2,
            revision="1dc7cda4727a9f4baa37f3ef407928dd642d0149",
            size=346_000_000,
        ),
        _dino(
            "dinov3-small",
            "DINOv3 ViT-S/16, pictures of everything (Simeoni et al. 2025)",
            "vit_small_patch16_dinov3.lvd1689m",
            256,
            384,
            _DINO3,
            size=86_400_000,
        ),
        _dino(
            "dinov3-base",
            "DINOv3 ViT-B/16, pictures of everything (Simeoni et al. 2025)",
            "vit_base_patch16_dinov3.lvd1689m",
            256,
            768,
            _DINO3,
            size=343_000_000,
        ),
    )
}
"""The catalogue, by name."""


def find(name: str) -> HubModel:
    """The network of this name. Raises LookupError."""
    if name not in MODELS:
        raise LookupError(UNKNOWN_NETWORK.format(name, ", ".join(MODELS)))
    return MODELS[name]
